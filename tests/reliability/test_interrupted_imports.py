"""An import from another chat is killed at any moment, and goes on when it is run again."""

import json
import os
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


def kill_when_larger(process: subprocess.Popen[bytes], path: Path, size: int) -> None:
    """Killed in the middle: when a file has grown to a size."""
    deadline = time.monotonic() + TIME_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        if path.exists() and path.stat().st_size > size:
            process.kill()
        time.sleep(0.001)
    process.wait()


@pytest.mark.parametrize("is_there", [True, False], ids=["into a room", "a new room"])
def test_a_killed_import_is_completed_by_the_next_one(export: Path, tmp_path: Path, is_there: bool) -> None:
    """A room that exists is added to in batches; a new one is there when it is complete."""
    storage = tmp_path / "storage"
    store = JsonFileStore(storage)
    if is_there:
        store.create("general", "general")
    growing = storage / ("general.json" if is_there else ".general.new")
    killed = command(storage, "import_history", str(export))
    kill_when_larger(killed, growing, 300_000)
    assert killed.returncode == -9, "it was killed before it was done"
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
