"""Locks of concerns: a case is read by those who handle it, and its answers by whoever has its code.

The code of an anonymous concern is made from what only the person's own window holds and a key of the vault; from the
code come the case's id and the key of its inbox. Neither the code nor what it is made from is stored anywhere.
Texts are HPKE (RFC 9180, as in storage.sealing), padded so that their length says little, and bound to their case.
"""

import hashlib
import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from domain.concerns import ALPHABET, CODE_CHARACTERS
from storage.sealing import Forged

CASE_BYTES = 16
#: Texts are as long as one of these, in bytes.
LENGTHS = (1024, 4096, 16_384)
#: The vault's names of the key by which handlers read, and of the one that codes are made with.
HANDLERS_KEY = "concerns.open"
CODES_KEY = "concerns.codes"

_CODE = b"tandem.concern.code.v1"
_CASE = b"tandem.concern.case.v1"
_INBOX = b"tandem.concern.inbox.v1"
_TEXT = b"tandem.concern.text.v1"
_LENGTH_BYTES = 4


class Opened(NamedTuple):
    """What a code opens."""

    case_id: bytes
    #: The private key of the inbox.
    private: bytes


def code(key: bytes, nonce: str) -> str:
    """The code that belongs to a window: 25 characters, 125 bits; the same for the same window."""
    number = int.from_bytes(hmac.new(key, _CODE + nonce.encode(), hashlib.sha256).digest())
    characters = []
    for _ in range(CODE_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(characters)


def opened_by(code: str) -> Opened:
    """The case and the inbox key of a code, whether there is such a case or not."""
    secret = code.encode()
    return Opened(
        hmac.new(secret, _CASE, hashlib.sha256).digest()[:CASE_BYTES],
        hmac.new(secret, _INBOX, hashlib.sha256).digest(),
    )


def public_of(private: bytes) -> bytes:
    """The public half: 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(public: bytes, case_id: bytes, payload: bytes) -> bytes:
    """Lock a text of a case. ValueError for one that is longer than the longest of LENGTHS."""
    size = next((size for size in LENGTHS if len(payload) + _LENGTH_BYTES <= size), None)
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
