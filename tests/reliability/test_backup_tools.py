"""A copy that is taken while people talk holds everything that was acknowledged before it was begun."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.history import source, survey
from chat.storage.json_files.lines import encode_lines
from chat.storage.json_files.store import JsonFileStore
from chat.storage.records import Record
from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.epoch_checker import EpochChecker, lost
from tests.support.servers.persistent_client import PersistentClient, running
from tests.support.servers.reconnecting_client import NO_LIMITS
from tests.support.tools.backup_tools import BACKUP_TOOLS, BackupTool
from tests.support.tools.owner_tools import missing_programs, run_script

ROOM = "busy"
OLD_MESSAGES = 5000  # about a megabyte, so that a copy takes a while
POSTERS = 6
TOOLS = effort([tool for tool in BACKUP_TOOLS if not tool.large], torture=BACKUP_TOOLS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with one large room."""
    storage = tmp_path_factory.mktemp("backups") / "storage"
    storage.mkdir()
    (storage / f"{ROOM}.json").write_bytes(b"[\n%b\n]\n" % b",\n".join(encode_lines(_old_records())))
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        yield server


@pytest.fixture
async def posters(server: LiveServer) -> AsyncIterator[list[PersistentClient]]:
    """They talk in it without a pause."""
    cookie = await asyncio.to_thread(cookie_headers, server)
    posters = [
        PersistentClient(server.ws_url, ROOM, f"poster-{number}", cookie, EpochChecker(), pause=0.01)
        for number in range(POSTERS)
    ]
    async with running(posters):
        yield posters


def _old_records() -> list[Record]:
    time = "2026-11-23T12:00:00.000Z"
    room = Record(id=1, type="room", name=ROOM, epoch="e1", format=1, timestamp=time, batch=1)
    messages = [
        Record(
            id=number, type="message", author="a", username="ada", message="größer " * 9, timestamp=time, batch=number
        )
        for number in range(2, OLD_MESSAGES)
    ]
    return [room, *messages]


@pytest.mark.promise
@pytest.mark.parametrize("tool", TOOLS, ids=[tool.name for tool in TOOLS])
async def test_a_copy_that_is_taken_while_people_talk_is_whole(
    tool: BackupTool, server: LiveServer, posters: list[PersistentClient], tmp_path: Path, tally: Tally
) -> None:
    if missing := missing_programs(tool.needs):
        pytest.skip(f"needs {', '.join(missing)}")
    file = server.storage / f"{ROOM}.json"
    await asyncio.to_thread(run_script, tool.prepare, file, tmp_path, tmp_path)
    for _ in range(effort(2, torture=10)):
        await _more_is_said(posters)
        acknowledged = [message for poster in posters for message in poster.acknowledged]
        await asyncio.to_thread(run_script, tool.script, file, tmp_path, tmp_path)
        copy = tmp_path / "copy.json"
        assert lost(acknowledged, await asyncio.to_thread(_imported, copy)) == []
        assert lost(acknowledged, await asyncio.to_thread(_put_back, copy)) == []
        tally("copies")


async def _more_is_said(posters: list[PersistentClient]) -> None:
    goals = [len(poster.acknowledged) + 2 for poster in posters]
    await until(lambda: all(len(p.acknowledged) >= goal for p, goal in zip(posters, goals, strict=True)))


def _imported(copy: Path) -> list[dict[str, Any]]:
    """What import_history reads of a copy."""
    with source.open_source(str(copy)) as opened:
        problems = survey.survey_file(opened, lambda: None).problems
        assert not problems, problems
        drafts = [event.draft for event in survey.events(opened) if event.draft]
        return [{"id": draft.id, "client_id": draft.client_id} for draft in drafts if draft.type == "message"]


def _put_back(copy: Path) -> list[dict[str, Any]]:
    """What a server finds after the owner has done what verify_history says of the copy."""
    folder = copy.with_name("put-back")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    file = copy.rename(folder / f"{ROOM}.json")
    store = JsonFileStore(folder)
    damage = store.verify(ROOM).damage
    if damage is not None:
        assert damage.mendable, damage
        store.repair_layout(ROOM, folder / "as-it-was")
    store.open(ROOM).close()
    records: list[dict[str, Any]] = json.loads(file.read_bytes())
    return records
