"""Which words say what a text is about."""

from domain.likeness import MOST_WORDS, shared, telling_words


def test_small_words_times_and_numbers_say_nothing() -> None:
    assert telling_words("The tool flagged 2 of the claims again on Monday, and they were not told.") == (
        "flagged",
        "claims",
    )


def test_two_texts_share_words_whatever_their_endings_and_small_words_do_not_count() -> None:
    one = "Correct claims were flagged as fraud last week."
    assert shared(one, "A claim is flagged when its fraud score is high.") == 3
    assert shared(one, "They were told last week that the canteen closes.") == 0


def test_of_a_long_text_the_first_words_count() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = " ".join(f"word{one}{other}" for one in letters for other in letters)
    assert len(telling_words(text)) == MOST_WORDS
    assert telling_words("") == ()
