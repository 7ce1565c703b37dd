"""Pulses in chat: planned by two functions together, answered without a trace, released in groups."""

from handlers.capability import Actor, Capability, FormRoute
from handlers.cards import Shown
from handlers.pulses import (
    answering,
    approving,
    ballot,
    closing,
    launching,
    mine,
    plan_card,
    planning,
    pulse_sections,
    responding,
    response_due,
    results,
)
from storage.store import Work


def _waiting(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """What somebody has to decide first, then what asks them."""
    return (*approving.waiting(actor, work), *response_due.waiting(actor, work), *mine.waiting(actor, work))


CAPABILITY = Capability(
    name="pulses",
    help=mine.HELP,
    alone=frozenset({"pulse"}),
    commands={"pulse": mine.on_pulse, "pulse results": results.on_command, **planning.COMMANDS},
    presses={
        **planning.PRESSES,
        "pulse.answer": answering.on_answer,
        "pulse.withdraw": answering.on_withdraw,
        "pulse.change": answering.on_change,
        "pulse.comment": answering.on_comment_opened,
        "pulse.promise": answering.on_promise,
        "pulse.open": answering.on_open,
        "pulse.snooze": mine.on_snooze,
        "pulse.off": mine.on_off,
        "pulse.again": mine.on_again,
        "pulse.results": results.on_results,
        "pulse.results.file": results.on_file,
        "pulse.respond": responding.on_respond,
        "pulse.words": responding.on_words,
        "pulse.agree": responding.on_agree,
    },
    waiting=_waiting,
    waits_first=True,
    forms={
        **planning.FORMS,
        ballot.FORM: FormRoute(submit=answering.on_comment, again=answering.comment_again),
        responding.FORM: FormRoute(submit=responding.on_submit, again=responding.again),
    },
    views={
        plan_card.VIEW: plan_card.live,
        launching.INVITATION: answering.invitation,
        launching.REMINDER: answering.reminder,
        closing.RESULTS: results.view,
        responding.PROPOSED: responding.proposed,
        responding.FOLLOW_UP: responding.follow_up,
    },
    files={results.FILE: results.file},
    digest=pulse_sections.SECTIONS,
    brief=(pulse_sections.BRIEF,),
    schedules=(launching.REMIND, approving.LATE, response_due.REMIND),
    chores=(launching.LAUNCH, closing.STOP),
    jobs=(launching.REFRESH, closing.CLOSE, closing.SHRED),
    reads=frozenset(
        {
            *planning.READS,
            "pulse",
            "pulse.change",
            "pulse.promise",
            "pulse.open",
            "pulse.comment",
            "pulse results",
            "pulse.results",
            "pulse.respond",
            "pulse.words",
        }
    ),
    traceless=frozenset(
        {
            "pulse",
            "pulse.answer",
            "pulse.withdraw",
            "pulse.snooze",
            "pulse.off",
            "pulse.again",
            ballot.FORM,
        }
    ),
)
