"""Where the comments of a pulse are shown: in blocks fixed at launch, or together with others, or not at all."""

from collections.abc import Mapping

from domain.trees import EVERYONE, Tree

#: Comments are shown from so many answers and so many comments in a block.
LEAST_ANSWERS = 10
LEAST_COMMENTS = 5


def blocks(tree: Tree) -> tuple[int, ...]:
    """The blocks of a pulse: its departments in which anybody was invited, in order of their ids."""
    return tuple(sorted({tree.department(leaf) for leaf in tree.leaves}))


def shown_comments(answered: Mapping[int, int], commented: Mapping[int, int]) -> Mapping[int, int]:
    """Block -> the block under which its comments are shown; a block that is missing is destroyed unread.

    `answered` and `commented` are how many people answered, and commented, in each block. A block with LEAST_ANSWERS
    and LEAST_COMMENTS is shown under itself; all others together under EVERYONE, if together they reach both; a block
    without any comment is among them, since it does not say so itself.

    Nothing can be subtracted: each comment is shown once, under one heading, and the pool is no total but the rest,
    which must reach both numbers by itself. A reader who knows which blocks are shown knows of the pool only that its
    writers are among its LEAST_ANSWERS or more people. Numbers count people, not comments. The pool is therefore
    called "other departments", not "everyone", which would be a promise of more company than there is.
    """
    named = {block for block in answered if _enough(answered[block], commented.get(block, 0))}
    pooled = answered.keys() - named
    shown = {block: block for block in named}
    if _enough(sum(answered[one] for one in pooled), sum(commented.get(one, 0) for one in pooled)):
        shown |= dict.fromkeys(pooled, EVERYONE)
    return dict(sorted(shown.items()))


def _enough(answers: int, comments: int) -> bool:
    return answers >= LEAST_ANSWERS and comments >= LEAST_COMMENTS
