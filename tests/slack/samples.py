"""Cards, forms and payloads for the tests: every element once, and arbitrary ones."""

import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from handlers import cards
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Chart,
    ChoiceInput,
    Column,
    Confirm,
    Context,
    DateInput,
    Divider,
    Fact,
    Facts,
    Form,
    Heading,
    Image,
    LinkButton,
    LinkInput,
    MultiChoiceInput,
    NumberInput,
    Option,
    PersonInput,
    Run,
    Series,
    Table,
    Text,
    TextInput,
    code,
    link,
    runs,
    sentence,
    strong,
)

Json = dict[str, Any]

TEAM, PERSON, CHANNEL, OWN_CHAT = "T0ALDER", "U0001", "C0CLAIMS", "D0001"

SHOWN: tuple[Any, ...] = (
    Heading(text="Claims triage"),
    Text(
        runs=runs(
            "Logged ", strong("3 h"), " as ", code("data"), ", see ", link("the note", "https://a.example/b")
        )
    ),
    Facts(items=(Fact(label="Kind", value="data"), Fact(label="Effort", value="3 h"))),
    Table(
        caption="By team",
        columns=(Column(label="Team"), Column(label="Hours", align="right")),
        rows=(("Claims", "12.5"), ("IT", "3")),
    ),
    Chart(
        title="Hours by kind",
        categories=("data", "testing"),
        series=(Series(name="Hours", values=(12.5, 3.0)),),
        unit="hours",
        summary="12.5 hours of data, 3 hours of testing.",
    ),
    Image(url="https://a.example/chart.png", alt="A chart", title="November"),
    Divider(),
    Context(runs=runs("Only you see this. ", strong("11 h"), " this month.")),
    Buttons(
        items=(
            Button(label="Edit", action="contribution.edit", value="12", described="Edit entry 12"),
            Button(
                label="Undo",
                action="contribution.undo",
                value="12",
                style="danger",
                confirm=Confirm(title="Undo?", text="The entry goes.", yes="Undo"),
            ),
            LinkButton(label="Open", url="https://a.example/"),
        )
    ),
)
ASKED: tuple[Any, ...] = (
    TextInput(name="what", label="What", value="labelled", hint="In a sentence", placeholder="..."),
    NumberInput(name="hours", label="Hours", value=1.5, minimum=0, maximum=24, decimals=True),
    ChoiceInput(name="kind", label="Kind", options=(Option(key="data", label="Data"),), value="data"),
    MultiChoiceInput(
        name="teams",
        label="Teams",
        options=(Option(key="1", label="Claims"), Option(key="2", label="IT")),
        values=("2",),
    ),
    DateInput(name="day", label="Day", value=date(2026, 11, 3)),
    PersonInput(name="who", label="Who", value="U0002"),
    LinkInput(name="link", label="Link", value="https://a.example/doc", optional=True),
)
FORM = Form(
    name="contribution.new", title="Log a contribution", elements=(*SHOWN, *ASKED), context='{"id":7}'
)
CARD = Card(summary="Logged 3 h & more", elements=SHOWN)
SAID = sentence("Logged.")
HOME = Card(summary="Your log", elements=(Heading(text="Your log"),))

_words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["<!channel>", "<@U1>", "*b* _i_ ~s~ `c`", "\u202eabc", "&amp;", "<https://x|y>", ":tada:", "> q"]
    ),
    st.builds(lambda word, times: word * times, st.text(min_size=1, max_size=9), st.integers(1, 700)),
)
_urls = st.sampled_from(
    ["https://a.example/x?y=1&z=2", "http://b.example", "javascript:alert(1)", "", "https://" + "a" * 4000]
)
_number = st.one_of(st.floats(), st.integers(-1000, 1000).map(float))
_run = st.builds(Run, text=_words, style=st.sampled_from(["plain", "strong", "code"]), url=st.none() | _urls)
_runs = st.lists(_run, max_size=5).map(tuple)
_button = st.one_of(
    st.builds(
        Button,
        label=_words,
        action=st.sampled_from(["a.b", "x"]),
        value=st.text(max_size=50),
        style=st.sampled_from(["default", "primary", "danger"]),
        confirm=st.none() | st.builds(Confirm, title=_words, text=_words, yes=_words, no=_words),
        described=st.none() | _words,
    ),
    st.builds(LinkButton, label=_words, url=st.just("https://a.example/")),
)


def _tables() -> st.SearchStrategy[Table]:
    columns = st.lists(st.builds(Column, label=_words, align=st.sampled_from(["left", "right"])), max_size=24)
    cell = st.one_of(st.text(max_size=12), st.sampled_from(["12.5", "nan", "1e999", "1,200", ""]))

    def table(parts: tuple[list[Column], int]) -> st.SearchStrategy[Table]:
        names, height = parts
        row = st.lists(cell, min_size=len(names), max_size=len(names)).map(tuple)
        rows = row.map(lambda one: (one,) * height)
        return st.builds(Table, caption=_words, columns=st.just(tuple(names)), rows=rows)

    return st.tuples(columns, st.integers(0, 150)).flatmap(table)


def _charts() -> st.SearchStrategy[Chart]:
    def chart(size: tuple[int, int]) -> st.SearchStrategy[Chart]:
        width, height = size
        values = st.lists(_number, min_size=width, max_size=width).map(tuple)
        series = st.lists(st.builds(Series, name=_words, values=values), min_size=height, max_size=height)
        labels = st.lists(_words, min_size=width, max_size=width).map(tuple)
        return st.builds(
            Chart,
            title=_words,
            kind=st.sampled_from(["bar", "line"]),
            categories=labels,
            series=series.map(tuple),
            unit=_words,
            summary=_words,
        )

    return st.tuples(st.integers(0, 25), st.integers(0, 8)).flatmap(chart)


_shown = st.one_of(
    st.builds(Heading, text=_words),
    st.builds(Text, runs=_runs),
    st.builds(Context, runs=_runs),
    st.builds(Facts, items=st.lists(st.builds(Fact, label=_words, value=_words), max_size=20).map(tuple)),
    _tables(),
    _charts(),
    st.builds(Image, url=_urls, alt=_words, title=st.none() | _words),
    st.just(Divider()),
    st.builds(Buttons, items=st.lists(_button, max_size=30).map(tuple)),
)
any_card = st.builds(
    lambda summary, elements, times: Card(summary=summary, elements=tuple(elements) * times),
    _words,
    st.lists(_shown, max_size=6),
    st.integers(1, 12),
)


def _asked(name: str) -> st.SearchStrategy[Any]:
    base = {"name": st.just(name), "label": _words, "hint": st.none() | _words, "optional": st.booleans()}
    keys = st.integers(0, 250)
    options = st.builds(
        lambda count, label: tuple(Option(key=str(key % 240), label=label) for key in range(count)),
        keys,
        _words,
    )
    placeholder = st.none() | _words
    return st.one_of(
        st.builds(
            TextInput,
            **base,
            value=st.none() | _words,
            placeholder=placeholder,
            multiline=st.booleans(),
            max_length=st.integers(0, 9000),
        ),
        st.builds(
            NumberInput,
            **base,
            value=st.none() | _number,
            minimum=st.none() | _number,
            decimals=st.booleans(),
        ),
        st.builds(
            ChoiceInput, **base, options=options, value=st.none() | keys.map(str), placeholder=placeholder
        ),
        st.builds(
            MultiChoiceInput, **base, options=options, values=st.lists(keys.map(str), max_size=4).map(tuple)
        ),
        st.builds(DateInput, **base, value=st.none() | st.dates()),
        st.builds(PersonInput, **base, value=st.none() | _words | st.just("U0002")),
        st.builds(LinkInput, **base, value=st.none() | _words | _urls),
    )


_inputs = st.integers(0, 8).flatmap(
    lambda count: st.tuples(*(_asked(f"input{number}") for number in range(count)))
)
any_form = st.builds(
    lambda title, submit, shown, inputs, times: Form(
        name="form", title=title, submit=submit, elements=(*(tuple(shown) * times), *inputs)
    ),
    _words,
    _words,
    st.lists(_shown, max_size=4),
    _inputs,
    st.integers(1, 30),
)


def interaction(kind: str, **more: Any) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": "alder-pike"},
        "user": {"id": PERSON, "username": "ines", "team_id": TEAM},
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        **more,
    }


def command(text: str = "", name: str = "/contribute", **more: str) -> dict[str, str]:
    return {
        "token": "t",
        "team_id": TEAM,
        "team_domain": "alder-pike",
        "channel_id": CHANNEL,
        "user_id": PERSON,
        "command": name,
        "text": text,
        "api_app_id": "A0TANDEM",
        "response_url": "",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        **more,
    }


def press(
    action_id: str = "contribution.undo#2",
    value: str = "12",
    block_id: str = "nonce.1",
    *,
    ephemeral: bool = True,
    channel: str = CHANNEL,
    **more: Any,
) -> Json:
    """A press in a message."""
    pressed = {
        "type": "button",
        "action_id": action_id,
        "block_id": block_id,
        "value": value,
        "action_ts": "1.2",
    }
    container = {
        "type": "message",
        "message_ts": "1763600000.000100",
        "channel_id": channel,
        "is_ephemeral": ephemeral,
    }
    return interaction(
        "block_actions", container=container, channel={"id": channel}, actions=[pressed], **more
    )


def view(kind: str = "modal", **more: Any) -> Json:
    return {
        "id": "V0001",
        "hash": "1763600000.abc",
        "type": kind,
        "callback_id": "contribution.new",
        "title": {"type": "plain_text", "text": "Log a contribution"},
        "private_metadata": json.dumps({"form": "contribution.new", "context": '{"id":7}'}),
        "blocks": [{"type": "input", "block_id": "what"}, {"type": "input", "block_id": "day"}],
        "state": {"values": {}},
        **more,
    }


def press_in_view(kind: str = "modal", action_id: str = "contribution.undo#2", value: str = "12") -> Json:
    pressed = {
        "type": "button",
        "action_id": action_id,
        "block_id": "nonce.1",
        "value": value,
        "action_ts": "1.2",
    }
    return interaction(
        "block_actions",
        container={"type": "view", "view_id": "V0001"},
        view=view(kind),
        actions=[pressed],
    )


def submission(**values: Json) -> Json:
    state = {"values": {name: {f"{name}#nonce": value} for name, value in values.items()}}
    return interaction("view_submission", view=view(state=state))


def event(kind: str, **more: Any) -> Json:
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": "Ev0001",
        "authorizations": [{"team_id": TEAM, "user_id": "U0TANDEM", "is_bot": True, "enterprise_id": None}],
        "event": {"type": kind, "user": PERSON} | more,
    }


assert {type(element) for element in SHOWN} == set(cards.SHOWN)
assert {type(element) for element in ASKED} == set(cards.ASKED)
