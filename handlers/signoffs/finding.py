"""From what a button carries or a person typed to the request that is meant, and who may decide on it."""

from dataclasses import dataclass

from rapidfuzz import fuzz, utils

from domain.errors import NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import Initiative
from domain.signoffs import GATES, Authority, Signoff, authority
from handlers.capability import Actor
from handlers.phrases import find_initiative
from storage import delegations, initiatives, milestones, signoffs
from storage.store import Work

#: From which likeness (0 to 100) typed words mean a milestone.
LIKE = 80
#: How much of a fingerprint a button carries: enough to tell any two contents apart.
PRINT = 16


class NoSuchSignoff(Refused):
    """I cannot find that sign-off. `signoff list` shows what there is."""


class WhichSignoff(Refused):
    """Please say which one: `signoff show claims go-live`."""


class NoAuthority(NotAllowed):
    """Only the sponsors, or whoever decides for them, can do this."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a button is about: a request, and the version that was shown."""

    signoff_id: int
    version: int
    fingerprint: str

    def dump(self) -> str:
        return f"{self.signoff_id}:{self.version}:{self.fingerprint[:PRINT]}"

    @classmethod
    def load(cls, value: str) -> "Reference":
        """Raises NoSuchSignoff for what is not one."""
        parts = value.split(":")
        if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts[:2]):
            raise NoSuchSignoff
        if max(map(len, parts)) > PRINT:
            raise NoSuchSignoff
        return cls(int(parts[0]), int(parts[1]), parts[2])

    def shows(self, one: Signoff) -> bool:
        """Whether the present version is the one that was shown."""
        return self.version == one.version and self.matches(one)

    def matches(self, one: Signoff) -> bool:
        return self.fingerprint == one.fingerprint[:PRINT]


def reference(one: Signoff) -> Reference:
    return Reference(one.id, one.version, one.fingerprint)


def found(work: Work, signoff_id: int, *, lock: bool = False) -> tuple[Signoff, Initiative]:
    """A request and its initiative; `lock` lets nobody else change it before the commit. Raises NoSuchSignoff."""
    both = signoffs.with_initiative(work, signoff_id, lock=lock)
    if both is None:
        raise NoSuchSignoff
    return both


def right_of(actor: Actor, about: Initiative, work: Work) -> Authority | str:
    """By which right somebody decides at this moment, or why by none."""
    own = actor.person.id in (about.business_sponsor_id, about.technical_sponsor_id)
    given = () if own else delegations.standing(work, about.id)
    return authority(actor.person, about, given, actor.today)


def called(work: Work, text: str) -> tuple[Initiative, str | None]:
    """The initiative, and the key of its milestone if one is named: "claims triage go live".

    Raises NoSuchInitiative or Ambiguous.
    """
    words = text.split()
    best: tuple[float, int, str] | None = None
    for cut in range(1, len(words)):
        phrase = utils.default_process(" ".join(words[cut:]))
        for key, title in [(gate.key, gate.title) for gate in GATES]:
            likeness = max(fuzz.ratio(phrase, utils.default_process(name)) for name in (key, title))
            if likeness >= LIKE and (best is None or likeness > best[0]):
                best = (likeness, cut, key)
    if best is None:
        about, rest = _with_rest(work, words)
        own = utils.default_process(rest)
        named = next(
            (key for key, title in milestones.titles(work, about.id) if utils.default_process(title) == own),
            None,
        )
        return about, named
    return find_initiative(work, " ".join(words[: best[1]])), best[2]


def _with_rest(work: Work, words: list[str]) -> tuple[Initiative, str]:
    """The initiative that the first words mean, the more of them the better, and the rest."""
    try:
        return find_initiative(work, " ".join(words)), ""
    except NoSuchInitiative:
        for cut in range(len(words) - 1, 0, -1):
            about = initiatives.called(work, " ".join(words[:cut]).lower())
            if about is not None:
                return about, " ".join(words[cut:])
        raise
