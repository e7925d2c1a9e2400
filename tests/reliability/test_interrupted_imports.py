"""An import from another chat is killed at any moment, and goes on when it is run again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import exports
from chat.storage.json_files.store import JsonFileStore
from tests.support.effort import effort
from tests.support.live_server import PROJECT, SITE_VARIABLES, TIME_LIMIT

MESSAGES = effort(6000, torture=200_000)
TRIES = 20  # a busy machine may look at the file too late


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slack") / "export"
    exports.slack(folder, MESSAGES, 20)
    return folder


def command(storage: Path, *arguments: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SITE_VARIABLES)}
    environment = {**clean, "CHAT_STORAGE_DIR": str(storage)}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_when_larger(process: subprocess.Popen[bytes], path: Path, size: int) -> bool:
    """Kill it in the middle: when a file has grown to a size. False if it was done before that was seen."""
    deadline = time.monotonic() + TIME_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        if path.exists() and path.stat().st_size > size:
            process.kill()
        time.sleep(0.001)
    return process.wait() == -signal.SIGKILL


def is_killed_in_an_import(storage: Path, export: Path, is_there: bool) -> bool:
    if is_there:
        JsonFileStore(storage).create("general", "general")
    growing = storage / ("general.json" if is_there else ".general.new")
    return kill_when_larger(command(storage, "import_history", str(export)), growing, 300_000)


@pytest.mark.parametrize("is_there", [True, False], ids=["into a room", "a new room"])
def test_a_killed_import_is_completed_by_the_next_one(export: Path, tmp_path: Path, is_there: bool) -> None:
    """A room that exists is added to in batches; a new one is there when it is complete."""
    storages = (tmp_path / f"storage-{number}" for number in range(TRIES))
    storage = next(storage for storage in storages if is_killed_in_an_import(storage, export, is_there))
    store = JsonFileStore(storage)
    partial = 0 if store.find("general") is None else store.find("general").tally.messages
    assert (0 < partial < MESSAGES) if is_there else partial == 0
    assert command(storage, "import_history", str(export)).wait(TIME_LIMIT) == 0
    assert JsonFileStore(storage).verify("general").damage is None
    records = [json.loads(line.rstrip(b",")) for line in (storage / "general.json").read_bytes().splitlines()[1:-1]]
    messages = [record for record in records if record["type"] == "message"]
    assert len({(record["author"], record["client_id"]) for record in messages}) == len(messages) == MESSAGES
    assert [record["timestamp"] for record in messages] == sorted(record["timestamp"] for record in messages)
    ids = {record["id"] for record in messages}
    assert all(record["reply_to"] in ids for record in messages if "reply_to" in record)
