"""Fixtures for the tests with injected faults: a storage folder, seeded random numbers, and clients at full speed."""

import asyncio
import os
import random
from pathlib import Path

import pytest


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def rng() -> random.Random:
    """Decides where the faults happen. A failed test shows the seed; SEED=... in the environment repeats it."""
    seed = os.environ.get("SEED") or str(random.randrange(10**6))
    print(f"SEED={seed}")
    return random.Random(seed)


@pytest.fixture(autouse=True)
async def _clients_at_full_speed() -> None:
    """The debug mode of the event loop keeps a traceback of every callback, and makes clients too slow for the load."""
    asyncio.get_running_loop().set_debug(False)
