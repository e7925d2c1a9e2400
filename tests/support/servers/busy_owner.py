"""The owner's commands beside a busy room: two shells, one that changes the room and one that looks at it."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.support.live_server import LiveServer, fetch

UNASKED = ("--noinput", "--no-backup")


class BusyOwner:
    """Of one room. Everything raises AssertionError if a command fails or is not content."""

    def __init__(self, servers: Sequence[LiveServer], room: str) -> None:
        self.commands = 0
        self._servers = servers
        self._room = room

    async def work(self, before: datetime) -> None:
        """Each command once; what was said before a moment is cleared."""
        await asyncio.gather(self._change(before), self._look())

    async def _change(self, before: datetime) -> None:
        await self._run("compact_history", self._room, *UNASKED)
        await self._run("clear_history", "--room", self._room, "--before", before.isoformat(), *UNASKED)

    async def _look(self) -> None:
        for server in self._servers:  # what is searched is in a table of its own
            found = await asyncio.to_thread(fetch, f"{server.url}/api/rooms/{self._room}/search?q=says")
            assert found.status == 200, found.text
        await self.verify()
        await self.exported()

    async def verify(self) -> None:
        """Let `verify_history` look at the room."""
        said = await self._run("verify_history", "--room", self._room)
        assert "all well" in said, said

    async def exported(self) -> list[dict[str, Any]]:
        """What `export_history` has of the room: each message once, and in order."""
        (room,) = json.loads(await self._run("export_history", "--room", self._room))["rooms"]
        events: list[dict[str, Any]] = room["events"]
        ids = [event["id"] for event in events]
        assert ids == sorted(set(ids))
        client_ids = [event["client_id"] for event in events]
        assert len(client_ids) == len(set(client_ids))
        return events

    async def _run(self, *arguments: str) -> str:
        done = await asyncio.to_thread(self._servers[0].manage, *arguments)
        assert done.returncode == 0, done
        self.commands += 1
        return done.stdout
