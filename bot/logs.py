"""Logs: one line per fact, with the request's id on it, and never a message's text or a token."""

import logging
import random
import re
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TextIO

import structlog
from aiohttp import web
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"

#: Names requests, which is no secret: to ask the system instead would give the interpreter away for a while.
_chance = random.Random()

#: Keys whose values are never logged, whatever they hold.
SECRET_KEYS = frozenset(
    {
        "answer",
        "authorization",
        "blocks",
        "body",
        "card",
        "content",
        "cookie",
        "database_url",
        "email",
        "form",
        "headers",
        "message",
        "name",
        "parameters",
        "params",
        "password",
        "payload",
        "reply",
        "response_url",
        "secret",
        "signature",
        "summary",
        "text",
        "token",
        "trigger_id",
        "value",
        "values",
        "what",
    }
)
_TOKENS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe\.[\w.-]+|Bearer\s+[\w.~+/=-]+|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)|https://hooks\.slack\.com/\S+",
    re.IGNORECASE,
)
_OUTSIDE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
# Where a library's own line begins to quote what it was handling.
_QUOTE = re.compile(r"[\n({\[<'\"=:]")

log = structlog.get_logger()

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def configure(
    format: Literal["json", "console"] = "json", level: Level = "INFO", stream: TextIO | None = None
) -> None:
    """Send every log line of the process through one formatter to `stream` (standard error)."""
    stream = stream or sys.stderr
    render: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception,
        redact,
    ]
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library_line, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Belt and braces: hide what slipped into a line though no line should hold it."""
    return {key: HIDDEN if _secret(key) else _clean(value) for key, value in event.items()}


def hide_tokens(text: str) -> str:
    """The text without anything that looks like a token or a password in an address."""
    return _TOKENS.sub(HIDDEN, text)


@web.middleware
async def request_log(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give each request an id, and every line that it causes the same one."""
    outside = request.headers.get("X-Request-ID", "")
    request_id = outside if _OUTSIDE_ID.fullmatch(outside) else f"{_chance.getrandbits(64):016x}"
    tokens = structlog.contextvars.bind_contextvars(request_id=request_id)
    began = time.perf_counter()
    try:
        response = await handler(request)
        if not response.prepared:
            response.headers["X-Request-ID"] = request_id
        log.debug(
            "request",
            method=request.method,
            path=request.path,
            status=response.status,
            duration_ms=round((time.perf_counter() - began) * 1000, 1),
        )
        return response
    except web.HTTPException:
        raise
    except Exception:
        log.exception("request_failed", method=request.method, path=request.path)
        raise
    finally:
        structlog.contextvars.reset_contextvars(**tokens)


def _secret(key: str) -> bool:
    key = key.lower()
    return key in SECRET_KEYS or key.endswith(("_token", "_secret", "_password", "_text", "_body"))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _TOKENS.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {key: HIDDEN if _secret(str(key)) else _clean(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(one) for one in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _TOKENS.sub(HIDDEN, str(value))


def _exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """An exception as its kind and the places it came through.

    Its own words are left out: databases and validators quote in them what they were given.
    """
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["errors"] = _kinds(error)
        event["frames"] = [
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-20:]
        ]
    return event


def _kinds(error: BaseException) -> list[str]:
    kinds: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(kinds) < 8:
        kind = f"{type(seen).__module__}.{type(seen).__qualname__}"
        kinds.append(f"{kind} {seen.strerror}" if isinstance(seen, OSError) and seen.strerror else kind)
        seen = seen.__cause__ or seen.__context__
    return kinds


def _library_line(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A library's line as its opening words and where it was written; what it quotes is left out."""
    record: logging.LogRecord = event["_record"]
    words = _QUOTE.split(str(event.get("event", "")), maxsplit=1)[0].strip()[:120]
    event["event"] = words or "library"
    event["logger"] = record.name
    event["where"] = f"{record.module}:{record.lineno}"
    return event
