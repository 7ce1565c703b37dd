"""Joint sign-off in chat: ask for it, decide on it together, see where it stands."""

from handlers.capability import Capability, FormRoute
from handlers.phrases import names_initiative
from handlers.schedule import Chore
from handlers.signoffs import deciding, delegating, form, listing, places, requesting
from storage import signoffs

CAPABILITY = Capability(
    name="signoffs",
    help=(
        ("signoff list", "what waits for you, and what you asked for"),
        ("signoff request claims go-live", "asks both sponsors to sign a milestone off"),
        ("signoff show claims go-live", "where it stands, and who decided what"),
    ),
    named={"signoff": names_initiative},
    commands={
        "signoff": listing.on_list,
        "signoff list": listing.on_list,
        "signoff show": listing.on_show,
        "signoff request": requesting.on_request,
    },
    presses={
        "signoff.request": requesting.on_request_pressed,
        "signoff.edit": requesting.on_edit,
        "signoff.withdraw": requesting.on_withdraw,
        "signoff.remind": requesting.on_remind,
        "signoff.approve": deciding.on_approve,
        "signoff.changes": deciding.on_changes,
        "signoff.decline": deciding.on_decline,
        "signoff.delegate": delegating.on_delegate,
        "signoff.show": listing.on_show_pressed,
        "signoff.list": listing.on_list_pressed,
        "delegation.accept": delegating.on_accept,
        "delegation.decline": delegating.on_refuse,
        "delegation.revoke": delegating.on_revoke,
    },
    forms={
        form.NAME: FormRoute(submit=requesting.on_submit, again=requesting.again),
        deciding.ASK: FormRoute(submit=deciding.on_reason, again=deciding.again),
        deciding.DECLINE: FormRoute(submit=deciding.on_reason, again=deciding.again),
        delegating.FORM: FormRoute(submit=delegating.on_submit, again=delegating.again),
    },
    views={places.VIEW: places.live_card},
    chores=(
        Chore(
            name="signoff.expiry",
            due=lambda work: signoffs.overdue(work, limit=100),
            do=deciding.expire,
        ),
    ),
    waiting=listing.waiting,
    reads=frozenset(
        {
            "signoff",
            "signoff list",
            "signoff show",
            "signoff request",
            "signoff.request",
            "signoff.edit",
            "signoff.show",
            "signoff.list",
        }
    ),
)
