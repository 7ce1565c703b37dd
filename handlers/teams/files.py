"""Files: offered with a consent card, made when accepted, uploaded in parts and never held in memory."""

import asyncio
import hmac
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from handlers.cards import sentence
from handlers.conversation import FileMessage
from handlers.ports import Exports
from handlers.teams import limits
from handlers.teams.activity import Node, node_of, text_of
from handlers.teams.connector import Connector
from handlers.teams.limits import cut
from handlers.teams.literal import literal
from handlers.teams.registration import Registration, is_loopback
from handlers.teams.translate import OURS, FileAnswer

CONSENT = "application/vnd.microsoft.teams.card.file.consent"
INFO = "application/vnd.microsoft.teams.card.file.info"

#: A part of an upload: a multiple of 320 KiB, as OneDrive's upload sessions want.
PART_BYTES = 10 * 320 * 1024

#: Where OneDrive for work takes uploads.
_STORES = (".sharepoint.com", ".sharepoint-df.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn")
_UNFIT = re.compile(r'[\\/:*?"<>|#%\x00-\x1f]')


class NotOffered(Exception):
    """The file was not offered to this person."""


def offer(
    registration: Registration, message: FileMessage, size_bytes: int, *, tenant: str, user: str
) -> Node:
    """The message that asks whether the file may be put into the person's OneDrive."""
    ticket = _ticket(registration, message, tenant=tenant, user=user)
    consent: Node = {
        "contentType": CONSENT,
        "name": _filename(message.filename),
        "content": {
            "description": cut(literal(message.card.summary), limits.SUMMARY),
            "sizeInBytes": size_bytes,
            "acceptContext": {OURS: ticket},
            "declineContext": {OURS: ticket},
        },
    }
    return {
        "type": "message",
        "summary": cut(literal(message.card.summary), limits.SUMMARY),
        "attachments": [consent],
    }


def offered(registration: Registration, answer: FileAnswer, *, tenant: str, user: str) -> FileMessage:
    """The file that was offered to this very person. Raises NotOffered."""
    seal, _, told = answer.ticket.partition(".")
    if not hmac.compare_digest(seal.encode(), registration.seal(told).encode()):
        raise NotOffered
    ticket = node_of(json.loads(told))
    if text_of(ticket, "tenant") != tenant or text_of(ticket, "user") != user:
        raise NotOffered
    filename = text_of(ticket, "filename")
    return FileMessage(
        export=text_of(ticket, "export"),
        params=node_of(ticket, "params"),
        filename=filename,
        card=sentence(filename),
    )


async def upload(
    registration: Registration,
    connector: Connector,
    exports: Exports,
    message: FileMessage,
    answer: FileAnswer,
) -> Node:
    """Make the file, put it where Teams said, and return the message that shows it.

    Raises domain.errors.Refused, TryLater or NotOffered.
    """
    if not _is_store(registration, answer.upload_url):
        raise NotOffered
    async with exports.file(message) as path:
        await _put(connector, answer.upload_url, path)
    name = _filename(answer.filename or message.filename)
    return {
        "type": "message",
        "summary": name,
        "attachments": [
            {
                "contentType": INFO,
                "name": name,
                "contentUrl": answer.content_url,
                "content": {"uniqueId": answer.unique_id, "fileType": answer.file_type},
            }
        ],
    }


async def _put(connector: Connector, url: str, path: Path) -> None:
    total = (await asyncio.to_thread(path.stat)).st_size
    start = 0
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while part := await asyncio.to_thread(file.read, PART_BYTES):
            span = f"bytes {start}-{start + len(part) - 1}/{total}"
            await connector.put(
                url, part, {"Content-Range": span, "Content-Type": "application/octet-stream"}
            )
            start += len(part)
    finally:
        await asyncio.to_thread(file.close)


def _ticket(registration: Registration, message: FileMessage, *, tenant: str, user: str) -> str:
    told = json.dumps(
        {
            "export": message.export,
            "params": message.params,
            "filename": message.filename,
            "tenant": tenant,
            "user": user,
        },
        sort_keys=True,
    )
    return f"{registration.seal(told)}.{told}"


def _filename(name: str) -> str:
    return cut(_UNFIT.sub("_", literal(name)), limits.FILENAME) or "file"


def _is_store(registration: Registration, url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    if is_loopback(host):
        return registration.no_auth
    return parts.scheme == "https" and host.endswith(_STORES) and not parts.username
