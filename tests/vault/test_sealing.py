"""What a box hides, what it refuses, and whose key is whose."""

import os
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from storage import sealing
from storage.sealing import BoxKeys, Forged, Unwrapped, WrongKey

SIZE = 40
PULSE = 7
PASSPHRASE = "a quiet harbour in May"

payloads = st.binary(max_size=SIZE)
pulses = st.integers(1, 2**31)
slots = st.binary(min_size=sealing.SLOT_BYTES, max_size=sealing.SLOT_BYTES)


@pytest.fixture(scope="module")
def keys() -> BoxKeys:
    return sealing.new_box_keys()


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    return sealing.new_opening_keys()


@given(payload=payloads, pulse=pulses, slot=slots, mask=st.integers(0, 255))
def test_what_was_sealed_and_wrapped_comes_out_again(
    keys: BoxKeys, pair: tuple[bytes, bytes], payload: bytes, pulse: int, slot: bytes, mask: int
) -> None:
    private, public = pair
    inner = sealing.seal(public, pulse, slot, payload, SIZE)
    box = sealing.rewrap(keys, pulse, slot, sealing.wrap(keys, pulse, slot, mask, inner))
    assert sealing.unwrap(keys, pulse, slot, box) == Unwrapped(mask, inner)
    assert sealing.unseal(private, pulse, slot, inner) == payload


@given(payload=payloads, slot=slots)
def test_a_box_is_as_long_whatever_is_in_it(
    keys: BoxKeys, pair: tuple[bytes, bytes], payload: bytes, slot: bytes
) -> None:
    inner = sealing.seal(pair[1], PULSE, slot, payload, SIZE)
    decoy = sealing.decoy(SIZE)
    assert len(inner) == len(decoy) == sealing.inner_bytes(SIZE)
    boxes = [sealing.wrap(keys, PULSE, slot, True, inner), sealing.wrap(keys, PULSE, slot, False, decoy)]
    boxes += [sealing.rewrap(keys, PULSE, slot, box) for box in boxes]
    assert {len(box) for box in boxes} == {sealing.box_bytes(SIZE)}


@given(size=st.integers(1, sealing.LARGEST))
def test_the_length_of_a_box_follows_from_the_size_alone(
    keys: BoxKeys, pair: tuple[bytes, bytes], size: int
) -> None:
    slot = bytes(16)
    inner = sealing.seal(pair[1], PULSE, slot, b"x" * size, size)
    assert len(sealing.wrap(keys, PULSE, slot, True, inner)) == sealing.box_bytes(size)
    assert sealing.unseal(pair[0], PULSE, slot, inner) == b"x" * size


@pytest.mark.parametrize("size", [0, sealing.LARGEST + 1])
def test_a_size_that_no_pulse_has_is_refused(pair: tuple[bytes, bytes], size: int) -> None:
    with pytest.raises(ValueError, match="1 to 65535"):
        sealing.seal(pair[1], PULSE, bytes(16), b"", size)


def test_a_payload_that_is_too_long_is_refused_not_cut(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="41 bytes, and 40 is the most"):
        sealing.seal(pair[1], PULSE, bytes(16), b"x" * 41, SIZE)


@pytest.mark.parametrize("slot", [b"", bytes(15), bytes(17)])
def test_a_slot_of_another_length_is_refused(keys: BoxKeys, pair: tuple[bytes, bytes], slot: bytes) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        sealing.seal(pair[1], PULSE, slot, b"", SIZE)
    with pytest.raises(ValueError, match="16 bytes"):
        sealing.wrap(keys, PULSE, slot, True, b"")
    with pytest.raises(Forged):
        sealing.unwrap(keys, PULSE, slot, bytes(100))
    with pytest.raises(Forged):
        sealing.unseal(pair[0], PULSE, slot, bytes(100))


@given(pulse=pulses, other_pulse=pulses, slot=slots, other_slot=slots)
def test_a_box_opens_in_its_own_pulse_and_slot_only(
    keys: BoxKeys, pair: tuple[bytes, bytes], pulse: int, other_pulse: int, slot: bytes, other_slot: bytes
) -> None:
    private, public = pair
    inner = sealing.seal(public, pulse, slot, b"3", SIZE)
    box = sealing.wrap(keys, pulse, slot, True, inner)
    for elsewhere in {(pulse, other_slot), (other_pulse, slot), (other_pulse, other_slot)} - {(pulse, slot)}:
        with pytest.raises(Forged):
            sealing.unwrap(keys, *elsewhere, box)
        with pytest.raises(Forged):
            sealing.rewrap(keys, *elsewhere, box)
        with pytest.raises(Forged):
            sealing.unseal(private, *elsewhere, inner)


def test_other_keys_open_nothing(keys: BoxKeys, pair: tuple[bytes, bytes]) -> None:
    slot = os.urandom(16)
    inner = sealing.seal(pair[1], PULSE, slot, b"3", SIZE)
    box = sealing.wrap(keys, PULSE, slot, True, inner)
    with pytest.raises(Forged):
        sealing.unwrap(BoxKeys(keys.slot, os.urandom(32)), PULSE, slot, box)
    with pytest.raises(Forged):
        sealing.unwrap(BoxKeys(keys.wrap, keys.slot), PULSE, slot, box)
    for other in (sealing.new_opening_keys()[0], pair[1], keys.wrap):
        with pytest.raises(Forged):
            sealing.unseal(other, PULSE, slot, inner)


def test_every_flipped_bit_is_refused(keys: BoxKeys, pair: tuple[bytes, bytes]) -> None:
    slot = os.urandom(16)
    inner = sealing.seal(pair[1], PULSE, slot, b"3", SIZE)
    box = sealing.wrap(keys, PULSE, slot, True, inner)
    for bit in range(8 * len(box)):
        with pytest.raises(Forged):
            sealing.unwrap(keys, PULSE, slot, _flipped(box, bit))
    for bit in range(8 * len(inner)):
        with pytest.raises(Forged):
            sealing.unseal(pair[0], PULSE, slot, _flipped(inner, bit))


def test_every_other_length_is_refused(keys: BoxKeys, pair: tuple[bytes, bytes]) -> None:
    slot = os.urandom(16)
    inner = sealing.seal(pair[1], PULSE, slot, b"3", SIZE)
    box = sealing.wrap(keys, PULSE, slot, True, inner)
    for wrong in [*(box[:length] for length in range(len(box))), box + b"\0"]:
        with pytest.raises(Forged):
            sealing.unwrap(keys, PULSE, slot, wrong)
    for wrong in [*(inner[:length] for length in range(len(inner))), inner + b"\0"]:
        with pytest.raises(Forged):
            sealing.unseal(pair[0], PULSE, slot, wrong)


def test_one_part_of_a_ballot_is_not_taken_for_another(pair: tuple[bytes, bytes]) -> None:
    slot = os.urandom(16)
    inner = sealing.seal(pair[1], PULSE, slot, b"3", SIZE, part=1)
    assert sealing.unseal(pair[0], PULSE, slot, inner, part=1) == b"3"
    with pytest.raises(Forged):
        sealing.unseal(pair[0], PULSE, slot, inner, part=2)


def test_a_decoy_opens_for_nobody(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(Forged):
        sealing.unseal(pair[0], PULSE, os.urandom(16), sealing.decoy(SIZE))


@pytest.mark.parametrize(
    "padded",
    [b"", b"\0", b"\0\0", b"\0\x03ab", b"\0\x01ab", b"\0\0\0\x01"],
    ids=[
        "nothing",
        "half a prefix",
        "a prefix alone",
        "too short",
        "unclean padding",
        "hidden in the padding",
    ],
)
def test_what_is_sealed_right_and_padded_wrong_is_refused(pair: tuple[bytes, bytes], padded: bytes) -> None:
    slot = os.urandom(16)
    public = X25519PublicKey.from_public_bytes(pair[1])
    inner = sealing._suite().encrypt(padded, public, sealing._bound(sealing._INNER, PULSE, slot))
    with pytest.raises(Forged):
        sealing.unseal(pair[0], PULSE, slot, inner)


def test_rewrapping_changes_every_byte_and_never_the_content(keys: BoxKeys) -> None:
    slot = os.urandom(16)
    content = Unwrapped(True, sealing.decoy(SIZE))
    boxes = [sealing.wrap(keys, PULSE, slot, *content)]
    for _ in range(63):
        boxes.append(sealing.rewrap(keys, PULSE, slot, boxes[-1]))
        assert sealing.unwrap(keys, PULSE, slot, boxes[-1]) == content
    # 64 random bytes take about 57 different values; fewer than 40 happen once in more than 10^9 runs.
    for place in range(sealing.box_bytes(SIZE)):
        assert len({box[place] for box in boxes}) >= 40


def test_boxes_do_not_show_who_has_answered(keys: BoxKeys, pair: tuple[bytes, bytes]) -> None:
    slot = os.urandom(16)
    answered = [
        sealing.wrap(keys, PULSE, slot, True, sealing.seal(pair[1], PULSE, slot, b"same", SIZE))
        for _ in range(800)
    ]
    waiting = [sealing.wrap(keys, PULSE, slot, False, sealing.decoy(SIZE)) for _ in range(800)]
    # Six standard deviations of the difference of two shares of 800; the control shows that this finds a bit.
    limit = 6 * (0.5 / 800) ** 0.5
    assert _most_telling_bit(answered, waiting) < limit
    leaky = [[bytes([done]) + box for box in boxes] for done, boxes in ((1, answered), (0, waiting))]
    assert _most_telling_bit(*leaky) > limit


def test_a_slot_depends_on_the_key_the_pulse_and_the_person(keys: BoxKeys) -> None:
    names = {
        sealing.slot_id(some, pulse, person)
        for some in (keys, sealing.new_box_keys())
        for pulse in range(1, 20)
        for person in range(1, 20)
    }
    assert len(names) == 2 * 19 * 19
    assert {len(name) for name in names} == {sealing.SLOT_BYTES}
    assert sealing.slot_id(BoxKeys(keys.slot, bytes(32)), 1, 2) == sealing.slot_id(keys, 1, 2)


def test_the_keys_go_into_the_vault_and_come_back(keys: BoxKeys) -> None:
    assert BoxKeys.unpacked(keys.packed()) == keys
    with pytest.raises(ValueError, match="64 bytes"):
        BoxKeys.unpacked(keys.packed()[:-1])


def test_the_keys_do_not_print(keys: BoxKeys) -> None:
    for shown in (repr(keys), str(keys), f"{keys}"):
        assert repr(keys.slot)[2:-1] not in shown
        assert shown == "BoxKeys(...)"


@given(public=st.binary(min_size=32, max_size=32), digest=st.binary(min_size=32, max_size=32))
def test_a_swapped_public_key_or_specification_is_refused(
    keys: BoxKeys, public: bytes, digest: bytes
) -> None:
    mac = sealing.public_mac(keys.slot, PULSE, public, digest)
    assert sealing.is_ours(keys.slot, PULSE, public, digest, mac)
    assert not sealing.is_ours(keys.slot, PULSE, _flipped(public, 3), digest, mac)
    assert not sealing.is_ours(keys.slot, PULSE, public, _flipped(digest, 3), mac)
    assert not sealing.is_ours(keys.slot, PULSE + 1, public, digest, mac)
    assert not sealing.is_ours(keys.wrap, PULSE, public, digest, mac)
    assert not sealing.is_ours(keys.slot, PULSE, public, digest, _flipped(mac, 3))
    assert not sealing.is_ours(keys.slot, PULSE, public + digest[:1], digest[1:], mac)
    assert not sealing.is_ours(keys.slot, PULSE, public, digest, b"")


def test_tokens_of_a_roster_compare_under_one_key_only() -> None:
    key, other = os.urandom(32), os.urandom(32)
    tokens = [sealing.roster_token(key, person) for person in range(500)]
    assert len(set(tokens)) == 500
    assert {len(token) for token in tokens} == {sealing.TOKEN_BYTES}
    assert sealing.roster_token(key, 3) == tokens[3] != sealing.roster_token(other, 3)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sealing.roster_token(b"", 1)


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_what_is_sealed_to_the_key_of_a_third_party_opens_with_its_file(passphrase: str | None) -> None:
    opening, public = sealing.trustee_key(passphrase)
    slot = os.urandom(16)
    inner = sealing.seal(sealing.read_public(public), PULSE, slot, b"3", SIZE)
    assert sealing.unseal(sealing.read_trustee_key(opening, passphrase), PULSE, slot, inner) == b"3"


def test_key_files_survive_what_mail_programs_do() -> None:
    opening, public = sealing.trustee_key()
    for text, read in ((opening, sealing.read_trustee_key), (public, sealing.read_public)):
        lines = [line[at : at + 50] for line in text.splitlines() for at in range(0, len(line), 50)]
        mailed = "\ufeff\r\n" + "".join(f"  {line} \r\n\r\n" for line in lines)
        assert read(mailed) == read(text)


def test_a_passphrase_is_the_same_however_its_letters_were_typed() -> None:
    opening, _ = sealing.trustee_key("caf\u00e9 am Hafen")
    assert sealing.read_trustee_key(opening, "cafe\u0301 am Hafen") == sealing.read_trustee_key(
        opening, "caf\u00e9 am Hafen"
    )


def test_a_passphrase_locks_the_key() -> None:
    opening, public = sealing.trustee_key(PASSPHRASE)
    with pytest.raises(WrongKey, match="Give the passphrase"):
        sealing.read_trustee_key(opening)
    with pytest.raises(WrongKey, match="passphrase is another one"):
        sealing.read_trustee_key(opening, PASSPHRASE + ".")
    private = sealing.read_trustee_key(opening, PASSPHRASE)
    assert sealing._text(private) not in opening + public


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        sealing.trustee_key("too short")


def test_the_key_of_another_pulse_is_told_before_its_passphrase_is_tried() -> None:
    opening, public = sealing.trustee_key(PASSPHRASE)
    _, other = sealing.trustee_key()
    with pytest.raises(WrongKey, match="belongs to another pulse"):
        sealing.read_trustee_key(opening, "not the passphrase", expected=sealing.read_public(other))
    assert sealing.read_trustee_key(opening, PASSPHRASE, expected=sealing.read_public(public))


def test_the_half_that_opens_is_not_taken_for_the_public_one_nor_the_other_way_round() -> None:
    opening, public = sealing.trustee_key()
    with pytest.raises(WrongKey, match="must not come here"):
        sealing.read_public(opening)
    with pytest.raises(WrongKey, match="only locks"):
        sealing.read_trustee_key(public)


@pytest.mark.parametrize("text", ["", "\n\n", "hello", "public: abc", "-----BEGIN PRIVATE KEY-----"])
def test_what_is_no_key_file_is_told(text: str) -> None:
    for read in (sealing.read_public, sealing.read_trustee_key):
        with pytest.raises(WrongKey, match="no key file of Tandem"):
            read(text)


def test_a_key_file_of_a_later_version_is_told() -> None:
    _, public = sealing.trustee_key()
    with pytest.raises(WrongKey, match="newer Tandem"):
        sealing.read_public(public.replace("key 1", "key 2"))


def test_every_damaged_line_of_a_key_file_is_told() -> None:
    for passphrase in (None, PASSPHRASE):
        opening, _ = sealing.trustee_key(passphrase)
        lines = opening.splitlines()
        for number in range(1, len(lines)):
            name, _, value = lines[number].partition(": ")
            swapped = value[:5] + ("A" if value[5] != "A" else "B") + value[6:]
            for damaged in ([], [f"{name}: "], [f"{name}: {value[:-3]}"], [f"{name}: {swapped}"]):
                with pytest.raises(WrongKey):
                    sealing.read_trustee_key(
                        "\n".join(lines[:number] + damaged + lines[number + 1 :]), passphrase
                    )


def test_halves_of_two_pairs_in_one_file_are_told() -> None:
    first, second = (sealing.trustee_key()[0].splitlines() for _ in range(2))
    with pytest.raises(WrongKey, match="do not belong together"):
        sealing.read_trustee_key("\n".join([*first[:3], second[3]]))


def test_a_public_key_that_nothing_can_be_sealed_to_is_told() -> None:
    _, public = sealing.trustee_key()
    nothing = bytes(32)
    lines = [public.splitlines()[0], *sealing._public_lines(nothing)]
    with pytest.raises(WrongKey, match="Nothing can be sealed"):
        sealing.read_public("\n".join(lines))


def _flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _most_telling_bit(some: Sequence[bytes], others: Sequence[bytes]) -> float:
    """The largest difference, over all places, between the shares of ones in two equal numbers of boxes."""
    return max(
        abs(sum(one[at] >> bit & 1 for one in some) - sum(one[at] >> bit & 1 for one in others)) / len(some)
        for at in range(len(some[0]))
        for bit in range(8)
    )


def _on_the_curve(content: bytes) -> bool:
    """Whether 32 bytes can be a public key of X25519: u of a point of Curve25519, not of its twist (RFC 7748)."""
    prime = 2**255 - 19
    u = int.from_bytes(content, "little")
    return u < prime and pow(u**3 + 486662 * u**2 + u, (prime - 1) // 2, prime) == 1
