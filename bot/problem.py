"""What stops a command: a sentence for whoever typed it, and an exit code."""


class Problem(Exception):
    """Told on standard error without a stack trace; exit code 2 means that settings are wrong, 1 all else."""

    def __init__(self, sentence: str, *, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code
