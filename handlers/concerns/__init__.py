"""Concerns in chat: raised with a name or without one, answered, and followed to what changed."""

from handlers.capability import Capability

CAPABILITY = Capability(name="concerns")
