"""The teams that a pulse is asked in, as they stood at its launch."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple, Self

from pydantic import field_validator, model_validator

from domain.values import Value

#: The virtual team that everybody is in.
EVERYONE = 0


class Node(NamedTuple):
    """A team as it was when the pulse was launched."""

    id: int
    #: The last part of its path: "Claims".
    name: str
    #: None for a department.
    parent: int | None


class Tree(Value):
    """The teams of a pulse, frozen at its launch, under a virtual team 0 that everybody is in.

    People may sit directly in an inner team; they count as a leaf of their own below it, with the same id.
    Raises ValueError (pydantic's) for ids that are not positive or not known, for rings and for negative numbers.
    """

    nodes: tuple[Node, ...]
    #: Team id -> how many invited sit directly in it.
    invited: dict[int, int]

    @field_validator("nodes")
    @classmethod
    def _in_order(cls, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(sorted(nodes))

    @field_validator("invited")
    @classmethod
    def _only_invited(cls, invited: dict[int, int]) -> dict[int, int]:
        if any(number < 0 for number in invited.values()):
            raise ValueError("nobody can be invited fewer than zero times")
        return {team: number for team, number in sorted(invited.items()) if number}

    @model_validator(mode="after")
    def _is_tree(self) -> Self:
        if len(self._known) != len(self.nodes) or any(team <= EVERYONE for team in self._known):
            raise ValueError("every team has an id of its own, above zero")
        if not self._known.keys() >= {node.parent for node in self.nodes} - {None} | self.invited.keys():
            raise ValueError("every parent and every team with invited people is among the teams")
        for node in self.nodes:
            seen = {node.id}
            while node.parent is not None:
                node = self._known[node.parent]
                if node.id in seen:
                    raise ValueError("no team lies below itself")
                seen.add(node.id)
        return self

    def name(self, team: int) -> str:
        """The last part of a team's path; "Everyone" for team 0."""
        return "Everyone" if team == EVERYONE else self._known[team].name

    def path(self, team: int) -> str:
        """From the top, as in "Operations/Claims"; "Everyone" for team 0."""
        return "/".join(self._known[one].name for one in self.way(team)[1:]) or self.name(EVERYONE)

    def way(self, team: int) -> tuple[int, ...]:
        """The teams from team 0 down to this one, both included."""
        return self._ways[team]

    def children(self, team: int) -> tuple[int, ...]:
        """The teams right below one, in order of their ids."""
        return self._below.get(team, ())

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """The teams in which invited people sit directly, in order of their ids."""
        return tuple(self.invited)

    def leaves_of(self, team: int) -> tuple[int, ...]:
        """The leaves that lie in a team, itself included."""
        return self._leaves_in.get(team, ())

    def department(self, team: int) -> int:
        """The top team above a team, or the team itself. Raises ValueError for team 0."""
        if team == EVERYONE:
            raise ValueError("everyone is no department")
        return self.way(team)[1]

    def around(self, teams: Iterable[int]) -> int:
        """The lowest team in which all of these lie."""
        lowest = EVERYONE
        for level in zip(*map(self.way, teams), strict=False):
            if len(set(level)) > 1:
                break
            lowest = level[0]
        return lowest

    @cached_property
    def _known(self) -> dict[int, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _below(self) -> dict[int, tuple[int, ...]]:
        below: dict[int, list[int]] = {}
        for node in self.nodes:
            below.setdefault(node.parent or EVERYONE, []).append(node.id)
        return {team: tuple(children) for team, children in below.items()}

    @cached_property
    def _ways(self) -> dict[int, tuple[int, ...]]:
        ways: dict[int, tuple[int, ...]] = {EVERYONE: (EVERYONE,)}
        below = [EVERYONE]
        while below:
            team = below.pop()
            for child in self.children(team):
                ways[child] = (*ways[team], child)
                below.append(child)
        return ways

    @cached_property
    def _leaves_in(self) -> dict[int, tuple[int, ...]]:
        inside: dict[int, list[int]] = {}
        for leaf in self.leaves:
            for team in self.way(leaf):
                inside.setdefault(team, []).append(leaf)
        return {team: tuple(leaves) for team, leaves in inside.items()}
