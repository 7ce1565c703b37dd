"""Whether a platform answers at all, found out before anybody's box is looked into.

What leaves no trace is let go once it was begun: were it put off, the rows that wait would say for whom there was
something to say. So it is begun only while the platform answers, and put off for everybody alike while it does not.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from domain.people import Platform
from handlers.ports import Address, Profiles, TryLater, Undeliverable

log = structlog.get_logger()

#: For how many seconds it is believed that a platform answers, or does not.
BELIEVED_S = 10.0
#: How many seconds an answer may take.
ANSWERED_WITHIN_S = 15.0


@dataclass(slots=True)
class _Known:
    asked_s: float
    trouble: TryLater | None


@dataclass(frozen=True, slots=True)
class Probes:
    """Asks platforms for something small, seldom, and keeps in memory what came of it."""

    profiles: Mapping[Platform, Profiles]
    _known: dict[Platform, _Known] = field(default_factory=dict)
    _asking: dict[Platform, asyncio.Lock] = field(default_factory=dict)

    async def trouble(self, platform: Platform, address: Address) -> TryLater | None:
        """Why a platform takes nothing just now; None if it answers, or cannot be asked.

        It is asked for the profile of whose turn it is, whoever that is.
        """
        source = self.profiles.get(platform)
        if source is None:
            return None
        async with self._asking.setdefault(platform, asyncio.Lock()):
            now_s = asyncio.get_running_loop().time()
            known = self._known.get(platform)
            if known is not None and now_s - known.asked_s < BELIEVED_S:
                return known.trouble
            found = await _asked(source, address)
            if found is not None and (known is None or known.trouble is None):
                log.warning("platform_out", platform=platform, reason=found.reason)
            self._known[platform] = _Known(asyncio.get_running_loop().time(), found)
            return found

    def doubt(self, platform: Platform) -> None:
        """Something was not taken: ask again before the next."""
        known = self._known.get(platform)
        if known is not None and known.trouble is None:
            del self._known[platform]


async def _asked(source: Profiles, address: Address) -> TryLater | None:
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            await source.profile(address.tenant, address.user_id)
    except TryLater as error:
        return error
    except TimeoutError:
        return TryLater("no answer in time")
    except Undeliverable:
        return None  # this person is not there, and the platform says so
    except Exception:
        log.exception("probe_failed")  # it answered, if with something odd
    return None
