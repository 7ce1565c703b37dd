"""Logs: an id on every line, and canaries that must not sing in any of them."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import logs

CANARIES = ("xoxb-1-canary", "xapp-1-canary", "canary text", "canary-password", "canary@alder.example")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, as JSON lines."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("json", "DEBUG", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def parsed(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def assert_silent(stream: io.StringIO) -> None:
    assert stream.getvalue()
    assert not [canary for canary in CANARIES if canary in stream.getvalue()]


def test_our_own_lines_hold_no_token_and_no_text(lines: io.StringIO) -> None:
    structlog.get_logger().info(
        "said",
        text="canary text",
        value="canary text",
        payload={"x": "canary text"},
        about={"what": "canary text", "list": [{"token": "xoxb-1-canary"}, "Bearer xapp-1-canary"]},
        url="postgresql://tandem:canary-password@db/tandem",
        email="canary@alder.example",
        reason="invalid xoxb-1-canary",
        count=3,
    )
    assert_silent(lines)
    assert parsed(lines)[0]["count"] == 3


def test_an_exceptions_own_words_are_left_out_and_its_places_kept(lines: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError("canary text")

    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError("xoxb-1-canary") from error
    except RuntimeError:
        structlog.get_logger().exception("failed")
    assert_silent(lines)
    (line,) = parsed(lines)
    assert line["errors"] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert "test_logs.py" in str(line["frames"])


def test_libraries_say_how_a_line_begins_and_not_what_they_quote(lines: io.StringIO) -> None:
    logging.getLogger("slack_bolt").warning(
        "Unhandled request ({'text': 'canary text', 'token': 'xoxb-1-canary'})"
    )
    logging.getLogger("sqlalchemy").error("failed: %s", "canary text")
    logging.getLogger("aiohttp").info("canary text")
    try:
        raise KeyError("canary text")
    except KeyError:
        logging.getLogger("apscheduler").exception('Job "canary text" raised an exception')
    warnings.warn("canary text: (canary text)", stacklevel=1)
    assert len(parsed(lines)) >= 3
    assert [line["event"] for line in parsed(lines)][:3] == ["Unhandled request", "failed", "Job"]
    assert "xoxb-1-canary" not in lines.getvalue()
    assert lines.getvalue().count("canary text") <= 1


def test_console_lines_are_as_silent(lines: io.StringIO) -> None:
    stream = io.StringIO()
    logs.configure("console", "DEBUG", stream)
    try:
        raise ValueError("canary text")
    except ValueError:
        structlog.get_logger().exception("failed", text="canary text", token="xoxb-1-canary")
    assert_silent(stream)


async def test_every_line_of_a_request_has_its_id_and_strange_ids_are_not_taken(lines: io.StringIO) -> None:
    async def handle(request: web.Request) -> web.Response:
        structlog.get_logger().info("inside")
        return web.Response()

    async def fail(request: web.Request) -> web.Response:
        raise ValueError("canary text")

    app = web.Application(middlewares=[logs.request_log])
    app.router.add_post("/", handle)
    app.router.add_post("/fail", fail)
    async with TestClient(TestServer(app)) as client:
        good = await client.post("/", headers={"X-Request-ID": "abc-12345678"}, data="canary text")
        assert good.headers["X-Request-ID"] == "abc-12345678"
        strange = await client.post("/", headers={"X-Request-ID": "canary text {}"})
        assert strange.headers["X-Request-ID"] != "canary text {}"
        await client.post("/fail")
    assert_silent(lines)
    mine = [line for line in parsed(lines) if line["event"] in ("inside", "request", "request_failed")]
    assert len(mine) >= 5
    assert all(line.get("request_id") for line in mine)
    structlog.get_logger().info("after")
    assert "request_id" not in parsed(lines)[-1]
