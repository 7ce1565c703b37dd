"""Companies to try initiatives in."""

from collections.abc import AsyncIterator

import pytest

from storage.store import Store
from tests import company
from tests.chat import Chat


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    yield Chat(store, await company.founded(store))


@pytest.fixture
async def unaccepted(store: Store) -> AsyncIterator[Chat]:
    """A company in which nobody has accepted anything yet."""
    yield Chat(store, await company.founded(store, accepted=False))
