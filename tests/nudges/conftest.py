"""The same stage as the showcases': the planner, and what leaves the outbox."""

from tests.showcases.conftest import stage

__all__ = ["stage"]
