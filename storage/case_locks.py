"""Locks of concerns: a case is read by those who handle it, and its answers by whoever has its code.

The code of an anonymous concern is made from what only the person's own window holds and the key of the vault by which
handlers read; from the code come the case's id and the key of its inbox. Neither the code nor what that window holds is
stored anywhere.
Until it is handed over, a case is one box under a name of its own (`Opened.waiting_id`), as long as every other: so
nobody without the key sees which box became which case. What is written by the code later waits in boxes of the same
kind (`word_ids`).
Texts are HPKE (RFC 9180, as in storage.sealing), padded so that their length says little, and bound to their case.
"""

import hmac
import json
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from domain.concerns import ALPHABET, CODE_CHARACTERS
from storage.sealing import Forged

CASE_BYTES = 16
KEY_BYTES = 32
#: Texts are as long as one of these, in bytes.
LENGTHS = (1024, 4096, 16_384, 24_576)
#: A box that waits to be handed over is as long as the longest, whatever is in it.
WAITING = LENGTHS[-1]
#: So much can wait that was written by one code.
MOST_WORDS = 5
#: The vault's name of the key by which handlers read.
HANDLERS_KEY = "concerns.open"

_CODE = b"tandem.concern.code.v1"
_CASE = b"tandem.concern.case.v1"
_INBOX = b"tandem.concern.inbox.v1"
_WAITING = b"tandem.concern.waiting.v1"
_WORD = b"tandem.concern.word.v1"
_NAMED = b"tandem.concern.named.v1"
_TEXT = b"tandem.concern.text.v1"
_LENGTH_BYTES = 4
#: So much is known of a word beside its text.
_OF_WORD = 3


class Opened(NamedTuple):
    """What a code opens."""

    case_id: bytes
    #: The private key of the inbox.
    private: bytes
    #: Under which the case is kept until it is handed over; nobody without the code knows that the two are one.
    waiting_id: bytes


class Waiting(NamedTuple):
    """What is known of a case before it is handed over: all of it is in its box."""

    case_id: bytes
    inbox_key: bytes
    #: What was written.
    body: str
    initiative_id: int | None
    severity: str
    cause: str | None
    is_specific: bool
    #: Whom to tell of an answer, if they asked for it.
    return_to: int | None

    def dump(self) -> bytes:
        told = [self.case_id.hex(), self.inbox_key.hex(), *self[3:]]
        return f"{json.dumps(told)}\n{self.body}".encode()

    @classmethod
    def load(cls, payload: bytes) -> Self:
        told, _, body = payload.decode().partition("\n")
        case_id, inbox_key, *rest = json.loads(told)
        return cls(bytes.fromhex(case_id), bytes.fromhex(inbox_key), body, *rest)


class Word(NamedTuple):
    """What the reporter of a case wrote before it is handed over: all of it is in its box."""

    case_id: bytes
    #: Which of `word_ids` it is.
    place: int
    #: The value of a domain.concerns.Kind.
    kind: str
    text: str

    def dump(self) -> bytes:
        return f"{json.dumps([self.case_id.hex(), self.place, self.kind])}\n{self.text}".encode()

    @classmethod
    def load(cls, payload: bytes) -> Self:
        told, _, text = payload.decode().partition("\n")
        case_id, place, kind = json.loads(told)
        return cls(bytes.fromhex(case_id), place, kind, text)


def in_box(payload: bytes) -> Waiting | Word:
    """What was in a box: of a word little is known beside it."""
    told, _, _ = payload.partition(b"\n")
    return Word.load(payload) if len(json.loads(told)) == _OF_WORD else Waiting.load(payload)


def code(key: bytes, nonce: str) -> str:
    """The code that belongs to a window: 25 characters, 125 bits; the same for the same window."""
    number = int.from_bytes(hmac.digest(key, _CODE + nonce.encode(), "sha256"))
    characters = []
    for _ in range(CODE_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(characters)


def opened_by(code: str) -> Opened:
    """The case and the inbox key of a code, whether there is such a case or not."""
    secret = code.encode()
    return Opened(
        hmac.digest(secret, _CASE, "sha256")[:CASE_BYTES],
        hmac.digest(secret, _INBOX, "sha256"),
        hmac.digest(secret, _WAITING, "sha256")[:CASE_BYTES],
    )


def word_ids(code: str, heard: int) -> tuple[bytes, ...]:
    """Under which what is written by a code waits, in its order, where so many words of its reporter were heard before.

    None comes again after it was handed over: copies of the database would tell that it is the same person's.
    """
    begin = _WORD + heard.to_bytes(4)
    return tuple(
        hmac.digest(code.encode(), begin + bytes([place]), "sha256")[:CASE_BYTES]
        for place in range(MOST_WORDS)
    )


def named_case(key: bytes, nonce: str) -> bytes:
    """The case of a window in which somebody gave their name: 16 bytes, the same for the same window."""
    return hmac.digest(key, _NAMED + nonce.encode(), "sha256")[:CASE_BYTES]


def new_keys() -> tuple[bytes, bytes]:
    """A private key and its public half."""
    private = X25519PrivateKey.generate().private_bytes_raw()
    return private, public_of(private)


def public_of(private: bytes) -> bytes:
    """The public half: 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(public: bytes, case_id: bytes, payload: bytes, *, least: int = 0) -> bytes:
    """Lock a text of a case, padded to `least` bytes or more. ValueError for one longer than the longest of LENGTHS."""
    needed = max(least, len(payload) + _LENGTH_BYTES)
    size = next((size for size in LENGTHS if needed <= size), None)
    if size is None:
        raise ValueError("a text of a concern is too long to be locked")
    padded = (len(payload).to_bytes(_LENGTH_BYTES) + payload).ljust(size, b"\0")
    return _suite().encrypt(padded, X25519PublicKey.from_public_bytes(public), _TEXT + case_id)


def unseal(private: bytes, case_id: bytes, sealed: bytes) -> bytes:
    """The text. Forged for what was locked for another case or key."""
    try:
        padded = _suite().decrypt(sealed, X25519PrivateKey.from_private_bytes(private), _TEXT + case_id)
    except (InvalidTag, ValueError):
        raise Forged from None
    length = int.from_bytes(padded[:_LENGTH_BYTES])
    if length > len(padded) - _LENGTH_BYTES:
        raise Forged
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
