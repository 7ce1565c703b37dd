"""Locks answers so that nobody reads one before the close, nor sees in the database who has answered.

A box is two envelopes. The inner one is HPKE (RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305)
to the pulse's public key over the answer, padded to one length; only the opening key opens it, which the replicas
do not need. The outer one is ChaCha20-Poly1305 (RFC 8439) under a key that every replica has; it can be made anew
without changing what is inside, so that the write of an answer looks like the writes around it. Both are bound to
the pulse and the slot: a box in another slot's place does not open.

Functions of bytes only. The nonces of the outer envelope are random, 96 bits: at a million boxes under one key,
two are the same with a chance below 2^-56.
"""

import hashlib
import hmac
import os
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

#: Bytes of a key, of a slot's name, and of a person's token in a roster.
KEY_BYTES = 32
SLOT_BYTES = 16
TOKEN_BYTES = 8
#: The longest payload that a pulse may set as its size, in bytes.
LARGEST = 65_535

#: What is made for one purpose is of no use for another, nor in a later version of this file.
_INNER = b"tandem.pulse.inner.v1"
_OUTER = b"tandem.pulse.outer.v1"
_SLOT = b"tandem.pulse.slot.v1"
_PUBLIC = b"tandem.pulse.public.v1"
_ROSTER = b"tandem.roster.v1"

_SHARED_BYTES = 32
_TAG_BYTES = 16
_NONCE_BYTES = 12
_DONE_BYTES = 1
_PREFIX_BYTES = 2


class Forged(Exception):
    """This box was not made here, not for this pulse and slot, or not with these keys."""


class BoxKeys(NamedTuple):
    """What every replica needs while a pulse is open; it opens no answer."""

    #: Names the slots: 32 bytes.
    slot: bytes
    #: Makes the outer envelopes: 32 bytes.
    wrap: bytes

    def __repr__(self) -> str:
        return "BoxKeys(...)"

    def packed(self) -> bytes:
        """Both keys for the vault: 64 bytes."""
        return self.slot + self.wrap

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """The keys that `packed` gave; ValueError for another length."""
        if len(packed) != 2 * KEY_BYTES:
            raise ValueError("The keys of a pulse's boxes are 64 bytes.")
        return cls(packed[:KEY_BYTES], packed[KEY_BYTES:])


class Unwrapped(NamedTuple):
    """What the outer envelope holds."""

    #: Whether somebody answered, for the reminders.
    done: bool
    #: The inner envelope, or a decoy.
    inner: bytes


def new_box_keys() -> BoxKeys:
    return BoxKeys(os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))


def new_opening_keys() -> tuple[bytes, bytes]:
    """The private key that opens a pulse's answers, and the public one that seals them: 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def slot_id(keys: BoxKeys, pulse_id: int, person_id: int) -> bytes:
    """Where the box of a person lies, which nobody without the key can tell: 16 bytes."""
    return _mac(keys.slot, _SLOT, _number(pulse_id), _number(person_id))[:SLOT_BYTES]


def inner_bytes(size: int) -> int:
    """How long an inner envelope and a decoy are, for payloads of up to `size` bytes."""
    return _SHARED_BYTES + _PREFIX_BYTES + size + _TAG_BYTES


def box_bytes(size: int) -> int:
    """How long a box is, whatever is in it, for payloads of up to `size` bytes."""
    return _NONCE_BYTES + _DONE_BYTES + inner_bytes(size) + _TAG_BYTES


def seal(public: bytes, pulse_id: int, slot: bytes, payload: bytes, size: int) -> bytes:
    """The inner envelope of an answer: `inner_bytes(size)` long for every payload of at most `size` bytes.

    ValueError for a longer payload, for a public key that is none, and for a slot that is not 16 bytes.
    """
    if not 0 < size <= LARGEST:
        raise ValueError(f"A size is 1 to {LARGEST} bytes.")
    if len(payload) > size:
        raise ValueError(f"This is {len(payload)} bytes, and {size} is the most for this pulse.")
    padded = len(payload).to_bytes(_PREFIX_BYTES) + payload.ljust(size, b"\0")
    return _suite().encrypt(padded, X25519PublicKey.from_public_bytes(public), _bound(_INNER, pulse_id, slot))


def unseal(private: bytes, pulse_id: int, slot: bytes, inner: bytes) -> bytes:
    """The payload that was sealed for this pulse and slot; Forged for anything else, a decoy included."""
    try:
        padded = _suite().decrypt(
            inner, X25519PrivateKey.from_private_bytes(private), _bound(_INNER, pulse_id, slot)
        )
    except (InvalidTag, ValueError):
        raise Forged from None
    length = int.from_bytes(padded[:_PREFIX_BYTES])
    payload, padding = padded[_PREFIX_BYTES:][:length], padded[_PREFIX_BYTES:][length:]
    if len(padded) <= _PREFIX_BYTES or len(payload) != length or any(padding):
        raise Forged
    return payload


def decoy(size: int) -> bytes:
    """What stands where there is no answer: as long as an inner envelope, and nobody can open it.

    It begins with a public key as an inner envelope does, since a key is not just any 32 bytes, and whoever has the
    outer key alone would tell an answer from noise. Its private half is forgotten here.
    """
    _, shared = new_opening_keys()
    return shared + os.urandom(inner_bytes(size) - _SHARED_BYTES)


def wrap(keys: BoxKeys, pulse_id: int, slot: bytes, done: bool, inner: bytes) -> bytes:
    """A box: the inner envelope, or a decoy, and whether somebody answered, under a fresh nonce."""
    nonce = os.urandom(_NONCE_BYTES)
    content = bytes([done]) + inner
    return nonce + ChaCha20Poly1305(keys.wrap).encrypt(nonce, content, _bound(_OUTER, pulse_id, slot))


def unwrap(keys: BoxKeys, pulse_id: int, slot: bytes, box: bytes) -> Unwrapped:
    """What is in a box; Forged if it was not wrapped with these keys for this pulse and slot."""
    nonce, sealed = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    try:
        content = ChaCha20Poly1305(keys.wrap).decrypt(nonce, sealed, _bound(_OUTER, pulse_id, slot))
    except (InvalidTag, ValueError):
        raise Forged from None
    if content[:_DONE_BYTES] not in (b"\0", b"\1"):
        raise Forged
    return Unwrapped(content[0] == 1, content[_DONE_BYTES:])


def rewrap(keys: BoxKeys, pulse_id: int, slot: bytes, box: bytes) -> bytes:
    """The same content in a new box that nobody without the keys can connect to the old one; Forged as above."""
    return wrap(keys, pulse_id, slot, *unwrap(keys, pulse_id, slot, box))


def public_mac(key: bytes, pulse_id: int, public: bytes, spec_digest: bytes) -> bytes:
    """Says that this public key and this frozen specification are the pulse's own: 32 bytes.

    The key is 32 bytes from the vault, such as `BoxKeys.slot`; whoever writes to the database alone cannot make it.
    """
    return _mac(key, _PUBLIC, _number(pulse_id), _number(len(public)), public, spec_digest)


def is_ours(key: bytes, pulse_id: int, public: bytes, spec_digest: bytes, mac: bytes) -> bool:
    """Whether `public_mac` gave this for the same key, pulse, public key and specification; in constant time."""
    return hmac.compare_digest(public_mac(key, pulse_id, public, spec_digest), mac)


def roster_token(key: bytes, person_id: int) -> bytes:
    """Stands for a person in a roster that is compared with a later one under the same key: 8 bytes."""
    return _mac(key, _ROSTER, _number(person_id))[:TOKEN_BYTES]


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _bound(purpose: bytes, pulse_id: int, slot: bytes) -> bytes:
    """What an envelope is bound to: one length for each purpose, so that no two read the same."""
    if len(slot) != SLOT_BYTES:
        raise ValueError(f"A slot is {SLOT_BYTES} bytes.")
    return purpose + _number(pulse_id) + slot


def _mac(key: bytes, purpose: bytes, *parts: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"A key is {KEY_BYTES} bytes.")
    return hmac.new(key, purpose + b"\0" + b"".join(parts), hashlib.sha256).digest()


def _number(number: int) -> bytes:
    return number.to_bytes(8, signed=True)
