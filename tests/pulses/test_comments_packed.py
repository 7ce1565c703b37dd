"""A comment fits its part of a box in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.pulses import COMMENT_BYTES, MAX_COMMENT, comment_length, pack_comment, unpack_comment
from handlers.pulses.ballot import read_comment

ASTRAL = "\U0001f600"


@given(st.text(max_size=MAX_COMMENT).filter(lambda text: comment_length(text) <= MAX_COMMENT))
def test_every_comment_that_is_taken_fits_and_comes_back_as_it_was(text: str) -> None:
    packed = pack_comment(text)
    assert len(packed) <= COMMENT_BYTES
    assert unpack_comment(packed) == text


@pytest.mark.parametrize("letter", ["a", "é", "字", ASTRAL])
def test_as_many_characters_as_promised_fit_in_every_script(letter: str) -> None:
    text = letter * (MAX_COMMENT // comment_length(letter))
    assert unpack_comment(read_comment(text, may_be_empty=False)) == text
    with pytest.raises(InvalidField, match="please keep it to 300"):
        read_comment(text + letter, may_be_empty=False)


@given(st.binary(max_size=COMMENT_BYTES))
def test_what_is_damaged_is_read_all_the_same(packed: bytes) -> None:
    assert isinstance(unpack_comment(packed), str)
