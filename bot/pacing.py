"""How fast each platform takes messages."""

from collections.abc import Mapping

from domain.pacing import Limit, Limits
from domain.people import Platform

#: Slack: about one message a second in a channel, with short bursts, and "several hundred messages per minute" in a
#: workspace (docs.slack.dev/apis/web-api/rate-limits, chat.postMessage).
#: Teams: in a conversation 7 in 1 s, 8 in 2 s, 60 in 30 s and 1,800 in an hour, and 50 in 1 s from an app in a tenant
#: (learn.microsoft.com, "Optimize your bot with rate limiting"). A burst of 5 and then 0.4 a second keep under
#: all four at once.
PACES: Mapping[Platform, Limits] = {
    "slack": Limits(chat=Limit(per_second=1.0, burst=3), whole=Limit(per_second=5.0, burst=20)),
    "teams": Limits(chat=Limit(per_second=0.4, burst=5), whole=Limit(per_second=40.0, burst=10)),
}


def paces(factor: float) -> Mapping[Platform, Limits]:
    """The platforms' limits, `factor` times as fast; none at all for 0."""
    return {name: limits.scaled(factor) for name, limits in PACES.items()} if factor else {}
