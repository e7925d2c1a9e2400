"""What the tests of disasters share: a folder, chance that can be repeated, and clients that are not slowed down."""

import asyncio
import os
import random
from pathlib import Path

import pytest


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def chance() -> random.Random:
    """What decides where the disaster strikes. A failure shows the seed; SEED=... in the environment repeats it."""
    seed = os.environ.get("SEED") or str(random.randrange(10**6))
    print(f"SEED={seed}")
    return random.Random(seed)


@pytest.fixture(autouse=True)
async def _clients_at_full_speed() -> None:
    """The loop's debug mode keeps a traceback of every callback: a server could not be kept busy that way."""
    asyncio.get_running_loop().set_debug(False)
