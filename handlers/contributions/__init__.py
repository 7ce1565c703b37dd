"""The contribution log in chat: log, list, log for a colleague, review."""

from handlers.capability import Capability, FormRoute
from handlers.contributions import behalf, form, listing, log, review

CAPABILITY = Capability(
    name="contributions",
    help=(
        ("contribute", "opens the form"),
        ("contribute 3h data on claims triage yesterday: labelled 400 exceptions", "logs at once"),
        ("contribute for @colleague 2h testing on claims: tried the new rules", "asks them to confirm it"),
        ("contribute list", "shows what you have logged, to edit or delete"),
        ("contribute review claims", "for product owners: thank, or ask"),
    ),
    free=frozenset({"contribute"}),
    commands={
        "contribute": log.on_command,
        "contribute for": log.on_command_for,
        "contribute list": listing.on_command,
        "contribute review": log.on_command_review,
    },
    presses={
        "contribution.new": log.on_new,
        "contribution.pick": log.on_pick,
        "contribution.undo": log.on_undo,
        "contribution.edit": log.on_edit,
        "contribution.list": listing.on_page,
        "contribution.mine": listing.on_mine,
        "contribution.delete": listing.on_delete,
        "contribution.confirm": behalf.on_confirm,
        "contribution.decline": behalf.on_decline,
        "contribution.review": review.on_page,
        "contribution.thank": review.on_thank,
        "contribution.question": review.on_question,
    },
    forms={
        form.NAME: FormRoute(submit=log.on_submit, again=form.again),
        "contribution.thanks": FormRoute(submit=review.on_thanks_sent, again=review.thanks_again),
        "contribution.asked": FormRoute(submit=review.on_question_sent, again=review.question_again),
    },
    actions={"log_contribution": log.on_message_action},
    reads=frozenset(
        {
            "contribute list",
            "contribution.list",
            "contribution.mine",
            "contribution.review",
            # These open a form, and each time the form as things stand then.
            "contribution.new",
            "contribution.edit",
            "contribution.thank",
            "contribution.question",
            "log_contribution",
        }
    ),
    glances={"contribute review": log.glance_review},
)
