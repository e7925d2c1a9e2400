"""A store in a folder of its own."""

from pathlib import Path

import pytest

from chat.storage.json_file import JsonFileStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def store(folder: Path) -> JsonFileStore:
    return JsonFileStore(folder)
