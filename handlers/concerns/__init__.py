"""Concerns in chat: raised with a name or without one, answered, and followed to what changed."""

from handlers.capability import Capability, FormRoute
from handlers.concerns import form, raising

CAPABILITY = Capability(
    name="concerns",
    help=(
        ("concern", "opens the form, with your name or without it"),
        ("concern the triage tool flagged two correct claims as fraud last week", "fills it in for you"),
    ),
    commands={"concern": raising.on_command},
    presses={"concern.new": raising.on_new},
    forms={form.NAME: FormRoute(submit=raising.on_submit, again=raising.again)},
    actions={"raise_concern": raising.on_message},
    reads=frozenset({"concern", "concern.new", "raise_concern"}),
    traceless=frozenset({"concern", form.NAME}),
    limited={form.NAME: raising.LIMIT},
)
