"""Two servers and the owner's commands on one folder at the same time, while the servers are killed alternately."""

import asyncio
import json
import random
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.history_checker import ClientHistory, violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    histories,
    records,
    running,
    wait_until_delivered,
)

ROOM = "shared"
IMPORTED_MESSAGES = 200


@pytest.mark.promise
async def test_killed_servers_and_concurrent_commands_lose_and_duplicate_nothing(
    storage: Path, tmp_path: Path, rng: random.Random, tally: Tally
) -> None:
    with LiveServer(storage, "serve", NO_LIMITS) as one, LiveServer(storage, "serve", NO_LIMITS) as two:
        cookies = [await asyncio.to_thread(cookie_headers, one) for _ in range(4)]
        clients = [
            ReconnectingClient(server.ws_url, ROOM, f"client-{number}", cookie)
            for number, (server, cookie) in enumerate(zip([one, two] * 2, cookies, strict=True))
        ]
        owner = Owner(one, tmp_path)
        async with running(clients):
            await until(lambda: all(client.history.received for client in clients))
            for _ in range(effort(1, torture=5)):
                commands = asyncio.gather(owner.verify(), owner.import_export_and_clear())
                for server in rng.sample([one, two], 2):
                    await asyncio.sleep(rng.uniform(0, 0.5))  # the random moment; this waits for nothing
                    await asyncio.to_thread(_kill_and_restart, server)
                    tally("kills")
                await commands
                tally("commands", 4)
            await wait_until_delivered(clients)
        file = records(storage, ROOM)
        assert violations([*histories(clients), owner.history], file) == []
        tally("messages", file[-1]["id"] - 1)


def _kill_and_restart(server: LiveServer) -> None:
    server.kill()
    server.start()


class Owner:
    """Runs the commands. In the history, the owner sends what is imported, and receives nothing."""

    def __init__(self, server: LiveServer, folder: Path) -> None:
        self.history = ClientHistory("owner", sends_only=True)
        self._server = server
        self._file = folder / "elsewhere.jsonl"

    async def verify(self) -> None:
        await self._run("verify_history", "--room", ROOM)

    async def import_export_and_clear(self) -> None:
        """Check that the imported messages are in the export, each once and in order. Then clear the room."""
        events = [_imported_message(number) for number in range(IMPORTED_MESSAGES)]
        self.history.sent |= {event["client_id"]: event["message"] for event in events}
        self._file.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
        await self._run("import_history", str(self._file))
        (room,) = json.loads(await self._run("export_history", "--room", ROOM))["rooms"]
        ids = [event["id"] for event in room["events"]]
        assert ids == sorted(set(ids))
        exported = [event["client_id"] for event in room["events"]]
        assert len(exported) == len(set(exported))
        assert [number for number in exported if number in self.history.sent] == [
            event["client_id"] for event in events
        ]
        await self._run("clear_history", "--room", ROOM, "--noinput", "--no-backup")

    async def _run(self, *arguments: str) -> str:
        done = await asyncio.to_thread(self._server.manage, *arguments)
        assert done.returncode == 0, done
        return done.stdout


def _imported_message(number: int) -> dict[str, Any]:
    """A message of another installation."""
    return {
        "room": ROOM,
        "id": number + 2,
        "type": "message",
        "author": "from-elsewhere",
        "username": "traveller",
        "message": f"imported {number}",
        "timestamp": "2026-01-01T12:00:00.000Z",
        "client_id": uuid.uuid4().hex,
    }
