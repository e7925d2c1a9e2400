"""A WebSocket that tests of its sides share."""

from collections.abc import AsyncIterator

import pytest

from tests.support.core.leg_pair import LegPair, new_pair, opened


@pytest.fixture
async def pair() -> AsyncIterator[LegPair]:
    """An open connection with nothing pending."""
    with new_pair() as pair:
        yield await opened(pair)
