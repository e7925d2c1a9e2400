"""The export of another chat is imported while a server runs: people in a room get it live, new rooms open whole."""

import asyncio
import json
from pathlib import Path
from typing import Any

from benchmarks import exports
from tests.support.live_server import Client, LiveServer, fetch, wait_until
from tests.support.servers.server_kinds import NO_RATE_LIMIT

MESSAGES = 1500


async def test_an_export_is_imported_beside_a_running_server(storage: Path, tmp_path: Path) -> None:
    export = tmp_path / "export"
    exports.slack(export, MESSAGES, 5)
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada:
            await ada.say("before")
            done = await asyncio.to_thread(server.manage, "import_history", "--room", "general=lobby", str(export))
            assert done.returncode == 0, done.stderr
            await ada.send(type="message", message="after", client_id="after")
            assert (await _event(ada, "after"))["id"] > MESSAGES
        done = await asyncio.to_thread(server.manage, "import_history", str(export))
        assert done.returncode == 0, done.stderr
        async with Client(server.ws_url, "general", username="bob") as bob:
            welcome = bob.frames[0]
            assert welcome["last_id"] >= MESSAGES
            assert (await bob.say("here since"))["id"] == welcome["last_id"] + 1
        page = await asyncio.to_thread(fetch, server.url + "/chat/general/")
        assert "here since" in page.body.decode()
        await asyncio.to_thread(_search_finds, server, "general", "people could")
        rooms = json.loads((await asyncio.to_thread(fetch, server.url + "/api/rooms/")).body)["rooms"]
        assert "general" in {room["room"] for room in rooms}
    assert "here since" in server.manage("export_history", "--room", "general").stdout
    assert server.manage("verify_history").returncode == 0


async def _event(client: Client, client_id: str) -> dict[str, Any]:
    """A message as its sender gets it: by itself, or on the page that follows a reset by so many imported ones."""

    def found(frame: dict[str, Any]) -> list[dict[str, Any]]:
        return [event for event in frame.get("events", [frame]) if event.get("client_id") == client_id]

    return found(await client.receive(where=lambda frame: bool(found(frame))))[0]


def _search_finds(server: LiveServer, room: str, words: str) -> None:
    url = f"{server.url}/api/rooms/{room}/search?q={words.replace(' ', '+')}"
    wait_until(lambda: json.loads(fetch(url).body)["messages"], "a message that was imported is found")
