"""Concerns in chat: raised with a name or without one, answered, and followed to what changed."""

from handlers.capability import Capability, FormRoute
from handlers.concerns import changes, codes, figures, form, handing, mine, publishing, raising

CAPABILITY = Capability(
    name="concerns",
    help=(
        ("concern", "opens the form, with your name or without it"),
        ("concern the triage tool flagged two correct claims as fraud last week", "fills it in for you"),
        ("concern mine", "shows those with your name, and their answers"),
        ("concern code", "opens one without your name, by its code"),
        ("concern changes", "what changed because somebody spoke"),
        ("concern figures", "how they are answered (HR, the AI function, product owners)"),
    ),
    commands={
        "concern": raising.on_command,
        "concern changes": changes.on_changes,
        "concern figures": figures.on_figures,
        "concern code": codes.on_command,
        "concern mine": mine.on_command,
    },
    presses={
        "concern.new": raising.on_new,
        "concern.changes": changes.on_more,
        "concern.publish": publishing.on_publish,
        "concern.code": codes.on_enter,
        "concern.mine": mine.on_list,
        "concern.mine.open": mine.on_open,
        "concern.mine.reply": mine.on_reply,
        "concern.mine.settled": mine.on_settled,
        "concern.mine.not_settled": mine.on_not_settled,
        "concern.line.off": handing.on_off,
        "concern.line.on": handing.on_on,
    },
    forms={
        form.NAME: FormRoute(submit=raising.on_submit, again=raising.again),
        publishing.FORM: FormRoute(submit=publishing.on_submit, again=publishing.again),
        codes.ENTER: FormRoute(submit=codes.on_entered, again=codes.enter_again),
        codes.CASE: FormRoute(submit=codes.on_case, again=codes.case_again),
        mine.FORM: FormRoute(submit=mine.on_form, again=mine.again),
    },
    actions={"raise_concern": raising.on_message},
    waiting=mine.waiting,
    views={mine.VIEW: mine.view},
    schedules=(handing.HAND_OVER, handing.WEEKLY_LINE),
    reads=frozenset(
        {
            *("concern", "concern code", "concern mine", "raise_concern", "concern.new", "concern.code"),
            *("concern.mine", "concern.mine.open", "concern.mine.reply", "concern.mine.not_settled"),
            *("concern figures", "concern changes", "concern.changes", "concern.publish"),
        }
    ),
    traceless=frozenset(
        {"concern", "concern code", "concern mine", form.NAME, codes.ENTER, codes.CASE, publishing.FORM}
    ),
    limited={
        form.NAME: raising.LIMIT,
        "concern code": codes.LOOK_UPS,
        codes.ENTER: codes.LOOK_UPS,
        codes.CASE: codes.REPLIES,
    },
)
