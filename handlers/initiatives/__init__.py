"""AI initiatives in chat: two people own each, from the first idea to what was learned."""

from handlers.capability import Capability, FormRoute
from handlers.initiatives import closing, form, listing, place, roles, show
from handlers.phrases import names_initiative

CAPABILITY = Capability(
    name="initiatives",
    help=(
        ("initiative list", "all initiatives, who answers for them, and what they lack"),
        ("initiative show claims", "one of them"),
        ("initiative new", "adds one (administrators, HR, the AI function)"),
        ("initiative edit claims", "changes one (its sponsors, administrators)"),
        ("initiative stop claims", "stops one and keeps what was learned"),
        ("initiative resume claims", "sets a stopped or archived one going again"),
        ("initiative archive claims", "takes one out of the lists"),
        ("initiative here claims", "sends its news to this channel"),
        ("initiative here off claims", "sends them nowhere again"),
    ),
    named={"initiative": names_initiative},
    commands={
        "initiative": listing.on_command,
        "initiative new": form.on_new,
        "initiative edit": form.on_edit,
        "initiative show": show.on_show,
        "initiative list": listing.on_list,
        "initiative stop": closing.on_stop,
        "initiative resume": closing.on_resume,
        "initiative archive": closing.on_archive,
        "initiative here": place.on_here,
    },
    presses={
        "initiative.list": listing.on_page,
        "initiative.show": show.on_show_pressed,
        "initiative.edit": form.on_edit_pressed,
        "initiative.accept": roles.on_accept,
        "initiative.decline": roles.on_decline,
        "initiative.ask": roles.on_ask,
        "initiative.stop": closing.on_stop_pressed,
        "initiative.resume": closing.on_resume_pressed,
        "initiative.archive": closing.on_archive_pressed,
    },
    forms={
        "initiative.form": FormRoute(submit=form.on_submit, again=form.again),
        closing.FORM: FormRoute(submit=closing.on_stopped, again=closing.again),
    },
    waiting=roles.waiting,
    reads=frozenset(
        {
            "initiative",
            "initiative show",
            "initiative list",
            "initiative archive",
            "initiative.list",
            "initiative.show",
        }
    ),
)
