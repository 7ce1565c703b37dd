"""Raising a concern: what is asked, what is warned of, and what is left behind."""

import pytest

from domain.people import Platform
from handlers.cards import Form, Text, plain
from handlers.conversation import Open
from tests.concerns.conftest import WHAT, Forum, code_in

BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])


def said(form: Form) -> str:
    """What a form says, beside what it asks."""
    return "\n".join(plain(one.runs) for one in form.elements if isinstance(one, Text))


def value(form: Form, name: str) -> object:
    return next(one for one in form.inputs() if one.name == name).value


def opened(reply: object) -> Form:
    assert isinstance(reply, Open), reply
    return reply.form


@BOTH
async def test_a_line_fills_the_form_with_what_was_understood(forum: Forum, platform: Platform) -> None:
    form = opened(await forum.say("Ada", f"concern {WHAT}", platform))
    assert form.window
    assert value(form, "what") == WHAT
    assert value(form, "when") == "last week"
    assert value(form, "initiative") == str(forum.company.initiative["claims"])
    assert value(form, "name") == "anonymous"
    required = [one.name for one in form.inputs() if not one.optional]
    assert required[:2] == ["initiative", "what"]


async def test_smoke(forum: Forum) -> None:
    reply = await forum.raised("Ada")
    code = code_in(reply)
    assert len(code) == 29
    assert await forum.rows("inbound") == []
