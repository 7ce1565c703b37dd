"""Misbehaviour on demand: what the workspace does wrong, to which call, how many times."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

FaultKind = Literal["rate_limited", "server_error", "drop_before", "drop_after", "slow", "resend"]
FAULT_KINDS: tuple[FaultKind, ...] = (
    "rate_limited",
    "server_error",
    "drop_before",
    "drop_after",
    "slow",
    "resend",
)


@dataclass
class Fault:
    """One planned misbehaviour.

    `target` is a Web API method (`chat.postMessage`), `*` (every method), `upload`, `response_url`, or what
    is sent to the bot: `to_bot:event`, `to_bot:command`, `to_bot:interaction` (`resend` only). `times` counts
    down; None never ends. `seconds` is Retry-After for `rate_limited` and the delay for `slow`.
    """

    target: str
    kind: FaultKind
    times: int | None = 1
    seconds: float = 1.0
    after: int = 0


@dataclass
class Faults:
    """The switchboard: 429, 500, connection dropped before or after processing, slow answer, sent twice."""

    planned: list[Fault] = field(default_factory=list)
    happened: list[tuple[str, FaultKind]] = field(default_factory=list)

    def add(
        self, target: str, kind: FaultKind, *, times: int | None = 1, seconds: float = 1.0, after: int = 0
    ) -> Fault:
        """Plan a fault for the next `times` calls of `target` (once `after` calls have passed untouched)."""
        if kind not in FAULT_KINDS:
            raise ValueError(f"unknown fault kind: {kind}")
        fault = Fault(target, kind, times, seconds, after)
        self.planned.append(fault)
        return fault

    def clear(self) -> None:
        """Behave again."""
        self.planned.clear()

    def take(self, target: str) -> Fault | None:
        """The fault that strikes this call, if any; counts it down."""
        for fault in self.planned:
            if fault.target != target and not (fault.target == "*" and not target.startswith("to_bot:")):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.planned.remove(fault)
            self.happened.append((target, fault.kind))
            return fault
        return None

    def listing(self) -> list[dict[str, Any]]:
        """The planned faults as JSON values, for the page."""
        return [asdict(fault) for fault in self.planned]
