"""Telling a double-click from a second press of the same button."""

from collections import OrderedDict

#: Two presses of one button on one card within this time are one.
WINDOW_SECONDS = 10


class DoublePresses:
    """Numbers the presses of a button: the same number again for a double-click.

    Teams gives every click an activity id of its own, so the button (card, action, value, person) and the time
    stand for the intent. The number is made of the time alone, so that replicas agree; what this process has
    just seen is remembered, so that a double-click across the edge of a window is one press too.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._first: OrderedDict[str, float] = OrderedDict()

    def number(self, button: str, at_seconds: float) -> int:
        first = self._first.get(button)
        if first is None or not 0 <= at_seconds - first < WINDOW_SECONDS:
            first = at_seconds
            self._first[button] = first
            self._first.move_to_end(button)
            if len(self._first) > self._most:
                self._first.popitem(last=False)
        return int(first // WINDOW_SECONDS)
