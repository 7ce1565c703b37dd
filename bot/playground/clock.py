"""The playground's clock: the real one, moved forward by hand."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Goes on like the real clock, ahead of it by as much as it was moved."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, by: timedelta) -> None:
        """Move forward. Raises ValueError for a step back: nothing that was shown can be taken back."""
        if by < timedelta(0):
            raise ValueError("The clock only goes forward.")
        self.ahead += by
