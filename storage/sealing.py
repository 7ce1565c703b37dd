"""Locks answers so that nobody reads one before the close, nor sees in the database who has answered.

A box is envelopes in an envelope. The outer one is ChaCha20-Poly1305 (RFC 8439) under a key that every replica has,
over a mask and one inner one for each part of a ballot; it can be made anew without changing what is inside, so that
the write of an answer looks like the writes around it. An inner one is HPKE (RFC 9180: DHKEM(X25519, HKDF-SHA256),
HKDF-SHA256, ChaCha20-Poly1305) to the pulse's public key over the part, padded to one length; only the opening key
opens it, which the replicas do not need. All are bound to the pulse, the slot and the part: a box in another slot's
place does not open.

Functions of bytes only. The nonces of the outer envelope are random, 96 bits: at a million boxes under one key,
two are the same with a chance below 2^-56.
"""

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

#: Bytes of a key, of a slot's name, and of a person's token in a roster.
KEY_BYTES = 32
SLOT_BYTES = 16
TOKEN_BYTES = 8
#: The longest payload that a pulse may set as its size, in bytes.
LARGEST = 65_535
#: The shortest passphrase of a key that somebody else keeps, in characters.
PASSPHRASE = 12

#: What is made for one purpose is of no use for another, nor in a later version of this file.
_INNER = b"tandem.pulse.inner.v1"
_OUTER = b"tandem.pulse.outer.v1"
_SLOT = b"tandem.pulse.slot.v1"
_PUBLIC = b"tandem.pulse.public.v1"
_ROSTER = b"tandem.roster.v1"
_ROLL = b"tandem.pulse.roll.v1"
_TRUSTEE = b"tandem.trustee.v1"

_SHARED_BYTES = 32
_TAG_BYTES = 16
_NONCE_BYTES = 12
_MASK_BYTES = 1
_PREFIX_BYTES = 2
_SALT_BYTES = 16

_OPENING_HEAD = (
    "Tandem opening key 1: opens the answers of a pulse. Never give this file away, and keep a second copy."
)
_PUBLIC_HEAD = "Tandem public key 1: locks the answers of a pulse. This one goes to the server."
_HEAD = re.compile(r"Tandem (opening|public) key ([0-9]+):")
_OTHER_HALF = {
    "public": "This is the key that opens the answers, and it must not come here. Give the public key instead.",
    "opening": "This is the public key, which only locks. The file that opens begins with: Tandem opening key",
}


class Forged(Exception):
    """This box was not made here, not for this pulse and slot, or not with these keys."""


class WrongKey(Exception):
    """This key cannot be used; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


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

    #: Bit n says that part n is there; 0 for who has not answered, which the reminders need to know.
    mask: int
    #: The inner envelopes, or decoys where nothing is, one after the other.
    inner: bytes


def new_box_keys() -> BoxKeys:
    return BoxKeys(os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))


def new_opening_keys() -> tuple[bytes, bytes]:
    """The private key that opens a pulse's answers, and the public one that seals them: 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The public half of an opening key: 32 bytes. ValueError for what is no key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def slot_id(keys: BoxKeys, pulse_id: int, person_id: int) -> bytes:
    """Where the box of a person lies, which nobody without the key can tell: 16 bytes."""
    return _mac(keys.slot, _SLOT, _number(pulse_id), _number(person_id))[:SLOT_BYTES]


def inner_bytes(size: int) -> int:
    """How long an inner envelope and a decoy are, for payloads of up to `size` bytes."""
    return _SHARED_BYTES + _PREFIX_BYTES + size + _TAG_BYTES


def box_bytes(size: int) -> int:
    """How long a box is, whatever is in it, for payloads of up to `size` bytes."""
    return _NONCE_BYTES + _MASK_BYTES + inner_bytes(size) + _TAG_BYTES


def seal(public: bytes, pulse_id: int, slot: bytes, payload: bytes, size: int, *, part: int = 0) -> bytes:
    """The inner envelope of one part of a ballot: `inner_bytes(size)` long for every payload of at most `size` bytes.

    ValueError for a longer payload, for a public key that is none, and for a slot that is not 16 bytes.
    """
    if not 0 < size <= LARGEST:
        raise ValueError(f"A size is 1 to {LARGEST} bytes.")
    if len(payload) > size:
        raise ValueError(f"This is {len(payload)} bytes, and {size} is the most for this pulse.")
    padded = len(payload).to_bytes(_PREFIX_BYTES) + payload.ljust(size, b"\0")
    return _suite().encrypt(padded, _public_key(public), _bound(_INNER, pulse_id, slot, part))


@lru_cache(maxsize=64)
def _public_key(public: bytes) -> X25519PublicKey:
    """A pulse's public key, read once."""
    return X25519PublicKey.from_public_bytes(public)


def opening(private: bytes) -> X25519PrivateKey:
    """An opening key made ready to open many. ValueError for what is no key."""
    return X25519PrivateKey.from_private_bytes(private)


def unseal(
    private: bytes | X25519PrivateKey, pulse_id: int, slot: bytes, inner: bytes, *, part: int = 0
) -> bytes:
    """The payload that was sealed for this pulse, slot and part; Forged for anything else, a decoy included."""
    try:
        padded = _suite().decrypt(
            inner,
            opening(private) if isinstance(private, bytes) else private,
            _bound(_INNER, pulse_id, slot, part),
        )
    except (InvalidTag, ValueError):
        raise Forged from None
    length = int.from_bytes(padded[:_PREFIX_BYTES])
    payload, padding = padded[_PREFIX_BYTES:][:length], padded[_PREFIX_BYTES:][length:]
    if len(padded) <= _PREFIX_BYTES or len(payload) != length or any(padding):
        raise Forged
    return payload


def decoy(size: int) -> bytes:
    """What stands where there is nothing: as long as an inner envelope. The mask beside it says that it is none."""
    return os.urandom(inner_bytes(size))


def wrap(keys: BoxKeys, pulse_id: int, slot: bytes, mask: int, inner: bytes) -> bytes:
    """A box: the inner envelopes or decoys, and which they are, under a fresh nonce. ValueError for more than 8."""
    nonce = os.urandom(_NONCE_BYTES)
    content = bytes([mask]) + inner
    return nonce + ChaCha20Poly1305(keys.wrap).encrypt(nonce, content, _bound(_OUTER, pulse_id, slot))


def unwrap(keys: BoxKeys, pulse_id: int, slot: bytes, box: bytes) -> Unwrapped:
    """What is in a box; Forged if it was not wrapped with these keys for this pulse and slot."""
    nonce, sealed = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    try:
        content = ChaCha20Poly1305(keys.wrap).decrypt(nonce, sealed, _bound(_OUTER, pulse_id, slot))
    except (InvalidTag, ValueError):
        raise Forged from None
    if len(content) < _MASK_BYTES:
        raise Forged
    return Unwrapped(content[0], content[_MASK_BYTES:])


def rewrap(keys: BoxKeys, pulse_id: int, slot: bytes, box: bytes) -> bytes:
    """The same content in a new box that nobody without the keys can connect to the old one; Forged as above."""
    return wrap(keys, pulse_id, slot, *unwrap(keys, pulse_id, slot, box))


def rewrap_all(keys: BoxKeys, pulse_id: int, boxes: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """`rewrap` for boxes by their slots, in a fraction of the time."""
    cipher = ChaCha20Poly1305(keys.wrap)
    drawn = os.urandom(_NONCE_BYTES * len(boxes))
    made = {}
    for number, (slot, box) in enumerate(boxes.items()):
        bound = _bound(_OUTER, pulse_id, slot)
        nonce = drawn[number * _NONCE_BYTES :][:_NONCE_BYTES]
        try:
            content = cipher.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            raise Forged from None
        made[slot] = nonce + cipher.encrypt(nonce, content, bound)
    return made


def public_mac(key: bytes, pulse_id: int, public: bytes, spec_digest: bytes) -> bytes:
    """Says that this public key and this frozen specification are the pulse's own: 32 bytes.

    The key is 32 bytes from the vault, such as `BoxKeys.slot`; whoever writes to the database alone cannot make it.
    """
    return _mac(key, _PUBLIC, _number(pulse_id), _number(len(public)), public, spec_digest)


def is_ours(key: bytes, pulse_id: int, public: bytes, spec_digest: bytes, mac: bytes) -> bool:
    """Whether `public_mac` gave this for the same key, pulse, public key and specification; in constant time."""
    return hmac.compare_digest(public_mac(key, pulse_id, public, spec_digest), mac)


def roll_mac(key: bytes, pulse_id: int, roll_digest: bytes) -> bytes:
    """Says that these people were asked at the launch, in these teams: 32 bytes."""
    return _mac(key, _ROLL, _number(pulse_id), roll_digest)


def roster_token(key: bytes, person_id: int) -> bytes:
    """Stands for a person in a roster that is compared with a later one under the same key: 8 bytes."""
    return _mac(key, _ROSTER, _number(person_id))[:TOKEN_BYTES]


def trustee_key(passphrase: str | None = None) -> tuple[str, str]:
    """A key pair for a third party, as the texts of two files: the one that opens, and the public one.

    The first stays with the third party, a works council for instance, and opens the answers after the close; only
    the second goes to the server. With a passphrase, of at least `PASSPHRASE` characters (else ValueError), the first
    is of no use without it: scrypt (RFC 7914, 128 MiB) and ChaCha20-Poly1305.
    """
    private, public = new_opening_keys()
    lines = [_OPENING_HEAD, *_public_lines(public)]
    if passphrase is None:
        lines.append(f"private: {_text(private)}")
    else:
        if len(passphrase) < PASSPHRASE:
            raise ValueError(f"A passphrase has at least {PASSPHRASE} characters.")
        salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
        locked = ChaCha20Poly1305(_stretched(passphrase, salt)).encrypt(nonce, private, _TRUSTEE + public)
        lines.append(f"locked: {_text(salt + nonce + locked)}")
    return "\n".join([*lines, ""]), "\n".join([_PUBLIC_HEAD, *_public_lines(public), ""])


def read_trustee_key(text: str, passphrase: str | None = None, *, expected: bytes | None = None) -> bytes:
    """The private key in the text of an opening key's file: 32 bytes.

    WrongKey where the text is none, is damaged, does not belong to the public key `expected` (told before the
    passphrase is tried), or needs another passphrase.
    """
    fields = _fields(text, "opening")
    public = _public(fields)
    if expected is not None and public != expected:
        raise WrongKey(
            "This key is whole, and belongs to another pulse: its public half is not the one in use here."
        )
    if "locked" not in fields:
        private = _bytes(fields, "private", KEY_BYTES)
    elif not passphrase:
        raise WrongKey("This key is locked with a passphrase. Give the passphrase too.")
    else:
        locked = _bytes(fields, "locked", _SALT_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES)
        key = _stretched(passphrase, locked[:_SALT_BYTES])
        nonce, sealed = locked[_SALT_BYTES:][:_NONCE_BYTES], locked[_SALT_BYTES + _NONCE_BYTES :]
        try:
            private = ChaCha20Poly1305(key).decrypt(nonce, sealed, _TRUSTEE + public)
        except InvalidTag:
            raise WrongKey("The passphrase is another one, or the file was changed.") from None
    if X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() != public:
        raise WrongKey("The two halves in this file do not belong together. Take another copy of it.")
    return private


def read_public(text: str) -> bytes:
    """The public key in the text of a public key's file: 32 bytes; WrongKey where there is none, or a damaged one."""
    public = _public(_fields(text, "public"))
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise WrongKey("Nothing can be sealed to this public key. Make a new pair.") from None
    return public


def _public_lines(public: bytes) -> tuple[str, str]:
    return f"public: {_text(public)}", f"check: {_check(public)}"


def _check(public: bytes) -> str:
    return hashlib.sha256(_TRUSTEE + public).hexdigest()[:16]


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _stretched(passphrase: str, salt: bytes) -> bytes:
    """The same for the same passphrase, on whatever keyboard its letters were put together."""
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=KEY_BYTES, n=2**17, r=8, p=1).derive(typed)


def _fields(text: str, kind: str) -> dict[str, str]:
    """The lines of a key's file by name; how mail programs wrap and end lines does not matter."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    head = _HEAD.match(lines[0]) if lines else None
    if head is None:
        raise WrongKey(
            "This is no key file of Tandem. The first line of one begins with: Tandem " + kind + " key"
        )
    if head[2] != "1":
        raise WrongKey("This key file was made by a newer Tandem. Update this one first.")
    if head[1] != kind:
        raise WrongKey(_OTHER_HALF[kind])
    fields: dict[str, str] = {}
    name = ""
    for line in lines[1:]:
        if ":" in line:
            name, _, line = line.partition(":")
        fields[name] = fields.get(name, "") + line.strip()
    return fields


def _bytes(fields: dict[str, str], name: str, length: int) -> bytes:
    try:
        content = base64.b64decode(fields[name], validate=True)
    except (KeyError, ValueError):
        content = b""
    if len(content) != length:
        raise WrongKey(
            f'The line "{name}:" is missing in this key file, or damaged. Take another copy of it.'
        )
    return content


def _public(fields: dict[str, str]) -> bytes:
    public = _bytes(fields, "public", KEY_BYTES)
    if fields.get("check") != _check(public):
        raise WrongKey(
            "The public key in this file is damaged: its check does not fit. Take another copy of it."
        )
    return public


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _bound(purpose: bytes, pulse_id: int, slot: bytes, part: int = 0) -> bytes:
    """What an envelope is bound to: one length for each purpose, so that no two read the same."""
    if len(slot) != SLOT_BYTES:
        raise ValueError(f"A slot is {SLOT_BYTES} bytes.")
    return purpose + _number(pulse_id) + slot + bytes([part])


def _mac(key: bytes, purpose: bytes, *parts: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"A key is {KEY_BYTES} bytes.")
    return hmac.new(key, purpose + b"\0" + b"".join(parts), hashlib.sha256).digest()


def _number(number: int) -> bytes:
    return number.to_bytes(8, signed=True)
