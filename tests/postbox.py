"""The post of the tests: what is due leaves the outbox as the worker would send it, and can be read."""

from collections.abc import Mapping

import sqlalchemy as sa

from handlers.capability import View
from handlers.cards import Card
from handlers.conversation import MESSAGE, CardMessage, LiveMessage
from storage.outbox import outbox
from storage.store import Work


def deliver(work: Work, views: Mapping[str, View]) -> list[tuple[int | None, Card]]:
    """Mark all that is due as sent; to which person (None: a channel), and the card as the worker makes it."""
    found: list[tuple[int | None, Card]] = []
    rows = work.connection.execute(
        sa.select(outbox.c.id, outbox.c.person_id, outbox.c.message)
        .where(outbox.c.state == "waiting", outbox.c.due_at <= work.now)
        .order_by(outbox.c.priority, outbox.c.id)
    ).all()
    for number, person_id, text in rows:
        message = MESSAGE.validate_json(text)
        card: Card | None
        if isinstance(message, LiveMessage):
            card = views[message.view](work, message.params, person_id, "slack")
        else:
            assert isinstance(message, CardMessage)
            card = message.card
        kept = text if isinstance(message, LiveMessage) else ""
        reference = None if card is None else f"r{number}"
        work.connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == number)
            .values(state="sent", reference=reference, message=kept, sent_at=work.now)
        )
        if card is not None:
            found.append((person_id, card))
    return found
