"""Clients say secrets and delete them while the server is killed: what is acknowledged as deleted is nowhere."""

import asyncio
import random
import uuid
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import WebSocketException

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort
from tests.support.live_server import Client, LiveServer
from tests.support.servers.reconnecting_client import NO_LIMITS

CLIENTS = 3
MAX_SECONDS = 0.2  # between two kills
ANSWER_SECONDS = 20


class DeletingClient:
    """Says a message, edits and deletes it, and looks for the words; repeats every command until it is answered."""

    def __init__(self, server: LiveServer, name: str, cookie: dict[str, str], storage: Path) -> None:
        self._server, self._name, self._cookie, self._storage = server, name, cookie, storage
        self._client: Client | None = None
        self.deleted = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            secret = f"x-mark-{self._name}-{self.deleted}-" + "€" * (self.deleted * 37 % 400)
            message = await self._done(type="message", message=f"{secret} said")
            await self._done(type="edit", id=message["id"], message=f"{secret} edited")
            await self._done(type="delete", id=message["id"])
            assert (left := files_with(self._storage, secret.split("€")[0])) == [], f"deleted, and still in {left}"
            self.deleted += 1

    async def _done(self, **command: Any) -> dict[str, Any]:
        client_id = uuid.uuid4().hex
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    if (answer := await self._answer({**command, "client_id": client_id})) is not None:
                        return answer
            except (OSError, WebSocketException):
                self.leave()

    async def _answer(self, command: dict[str, Any]) -> dict[str, Any] | None:
        if self._client is None:
            client = Client(self._server.ws_url, "lobby", headers=self._cookie, keepalive=False)
            self._client = await client.__aenter__()
        await self._client.send(**command)
        async for frame in self._client:
            if frame.get("client_id") == command["client_id"]:
                assert frame["type"] != "error" or frame["retry"], frame
                return frame if frame["type"] != "error" else None
        self.leave()
        return None

    def leave(self) -> None:
        """Drop the connection."""
        if self._client is not None:
            self._client.abort()
        self._client = None


def files_with(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.promise
async def test_no_word_of_what_is_acknowledged_as_deleted_is_left_whenever_the_server_is_killed(
    storage: Path, rng: random.Random, tally: Tally
) -> None:
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(CLIENTS)]
        clients = [DeletingClient(server, f"{number}", cookie, storage) for number, cookie in enumerate(cookies)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.run()) for client in clients]
            for _ in range(effort(1, torture=60)):
                await asyncio.sleep(rng.uniform(0, MAX_SECONDS))  # the random moment; this waits for nothing
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
                tally("kills")
            goal = [client.deleted + 2 for client in clients]
            while any(client.deleted < each for client, each in zip(clients, goal, strict=True)):
                done, _ = await asyncio.wait(tasks, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
                assert not done
            for task in tasks:
                task.cancel()
        for client in clients:
            client.leave()
        tally("deletes", sum(client.deleted for client in clients))
        verified = server.manage("verify_history")
        assert (verified.returncode, "all well" in verified.stdout) == (0, True), verified.stdout
        assert "Traceback" not in server.output
