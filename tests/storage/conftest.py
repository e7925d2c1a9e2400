"""A store in a folder of its own, and quiet for the tests in which thousands of things go wrong."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.storage.json_file import JsonFileStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def store(folder: Path) -> JsonFileStore:
    return JsonFileStore(folder)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Thousands of torn tails, and a warning for each."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
