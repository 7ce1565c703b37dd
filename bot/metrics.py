"""Counters for Prometheus: how many, how fast, with what result; never who, never what was said."""

import time
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from handlers.capability import AnyReply
from handlers.conversation import AnyInbound
from handlers.ports import Dispatch
from storage.claims import Claim
from storage.progress import Batch

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_STATES = ("waiting", "sent", "dead", "expired")


class Metrics:
    """The instruments of one running bot, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "tandem_requests_total",
            "Inbound values handled.",
            ("platform", "kind", "reply"),
            registry=self.registry,
        )
        self._duration = Histogram(
            "tandem_request_seconds",
            "Time from an inbound value to its committed reply.",
            ("platform", "kind"),
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self._outbox = Gauge(
            "tandem_outbox_messages", "Outgoing messages by state.", ("state",), registry=self.registry
        )
        self._batches = Gauge(
            "tandem_batch_messages",
            "Messages planned together of which some still wait, by state.",
            ("batch", "state"),
            registry=self.registry,
        )
        self._attempts = Counter(
            "tandem_send_attempts_total",
            "Attempts to send a message, by result.",
            ("platform", "result"),
            registry=self.registry,
        )
        self._expired = Counter(
            "tandem_messages_expired_total",
            "Messages not sent since they could no longer help.",
            registry=self.registry,
        )
        self._unreachable = Counter(
            "tandem_messages_unreachable_total",
            "Messages not sent since the person is not there any more.",
            registry=self.registry,
        )
        self._doubtful = Counter(
            "tandem_duplicates_possible_total",
            "Messages sent again though nobody knows whether an earlier attempt arrived.",
            registry=self.registry,
        )
        self._sending = Histogram(
            "tandem_send_seconds", "Time that sending a message took.", ("platform",), registry=self.registry
        )
        self._planned = Counter(
            "tandem_happenings_total",
            "Happenings of schedules, by what became of them.",
            ("schedule", "outcome"),
            registry=self.registry,
        )
        self._planned_messages = Counter(
            "tandem_planned_messages_total",
            "Messages that schedules wrote.",
            ("schedule",),
            registry=self.registry,
        )

        #: The instruments of one platform and result, which are slow to look up.
        self._each: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def handled(self, inbound: AnyInbound, reply: str, seconds: float) -> None:
        """Count one inbound value and the kind of its reply ("error" if there was none)."""
        platform = inbound.origin.platform
        self._requests.labels(platform, inbound.type, reply).inc()
        self._duration.labels(platform, inbound.type).observe(seconds)

    def attempted(self, platform: str, result: str, seconds: float | None = None) -> None:
        """Count one attempt to send: "sent", "later", "undeliverable", "closed" or "error"."""
        key = (platform, result)
        if key not in self._each:
            self._each[key] = (self._attempts.labels(platform, result), self._sending.labels(platform))
        count, time_taken = self._each[key]
        count.inc()
        if seconds is not None:
            time_taken.observe(seconds)

    def claimed(self, claim: Claim) -> None:
        """Count what a look into the outbox came to, besides what is sent now."""
        self._expired.inc(claim.expired)
        self._unreachable.inc(claim.dead)
        self._doubtful.inc(claim.doubtful)

    def doubted(self) -> None:
        """Count an attempt that may have arrived though nothing came back."""
        self._doubtful.inc()

    def planned(self, schedule: str, outcome: str, messages: int = 0) -> None:
        """Count one happening of a schedule: "planned", "dropped" (too late), or "failed" (tried again)."""
        self._planned.labels(schedule, outcome).inc()
        self._planned_messages.labels(schedule).inc(messages)

    def page(self, outbox: Mapping[str, int], batches: Sequence[Batch] = ()) -> bytes:
        """Everything in Prometheus' text format; `outbox` counts messages by state, `batches` are those under way."""
        self._batches.clear()
        for batch in batches:
            for state, count in batch.states.items():
                self._batches.labels(batch.name, state).set(count)
        for state in _STATES:
            self._outbox.labels(state).set(outbox.get(state, 0))
        return generate_latest(self.registry)


def measured(dispatch: Dispatch, metrics: Metrics) -> Dispatch:
    """The same dispatcher, counted."""

    async def counted(inbound: AnyInbound) -> AnyReply:
        began = time.perf_counter()
        kind = "error"
        try:
            reply = await dispatch(inbound)
            kind = reply.type
            return reply
        finally:
            metrics.handled(inbound, kind, time.perf_counter() - began)

    return counted
