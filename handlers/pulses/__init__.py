"""Pulses in chat: planned by two functions together, answered without a trace, released in groups."""

from handlers.capability import Capability, FormRoute
from handlers.pulses import answering, ballot, closing, launching

CAPABILITY = Capability(
    name="pulses",
    presses={
        "pulse.answer": answering.on_answer,
        "pulse.withdraw": answering.on_withdraw,
        "pulse.change": answering.on_change,
        "pulse.comment": answering.on_comment_opened,
        "pulse.promise": answering.on_promise,
        "pulse.open": answering.on_open,
    },
    forms={ballot.FORM: FormRoute(submit=answering.on_comment, again=answering.comment_again)},
    views={launching.INVITATION: answering.invitation, launching.REMINDER: answering.reminder},
    schedules=(launching.REMIND,),
    chores=(launching.LAUNCH, closing.STOP),
    jobs=(launching.REFRESH, closing.CLOSE, closing.SHRED),
    reads=frozenset({"pulse.change", "pulse.promise", "pulse.open", "pulse.comment"}),
    traceless=frozenset({"pulse.answer", "pulse.withdraw", ballot.FORM}),
)
