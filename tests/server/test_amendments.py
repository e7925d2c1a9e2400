"""Edits, deletes and reactions over real sockets: two servers on one folder, three people, and a restart."""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

from tests.server.conftest import cookie_headers
from tests.support.live_server import Client, LiveServer, fetch
from tests.support.servers.server_kinds import NO_RATE_LIMIT

WAVE = "\N{WAVING HAND SIGN}"


def everything_in(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.iterdir())


async def amend(client: Client, kind: str, **command: Any) -> dict[str, Any]:
    """Send a command, and wait for its own event or the error."""
    client_id = uuid.uuid4().hex
    await client.send(type=kind, client_id=client_id, **command)
    return await client.receive(where=lambda frame: frame.get("client_id") == client_id)


async def test_three_people_on_two_servers_see_one_conversation_and_so_does_who_comes_back(storage: Path) -> None:
    with LiveServer(storage, env=NO_RATE_LIMIT) as one, LiveServer(storage, env=NO_RATE_LIMIT) as two:
        cookie = await asyncio.to_thread(cookie_headers, one)
        async with Client(one.ws_url) as first:
            await first.say("the room is there")
        async with (
            Client(one.ws_url, headers=cookie, username="ada") as ada,
            Client(two.ws_url, username="bob") as bob,
            Client(one.ws_url, username="carol") as carol,
        ):
            away = {"since": ada.welcome["last_id"], "epoch": ada.welcome["epoch"]}
            assert (await ada.say("a secret x-mark"))["id"] == 3
            await bob.receive("message", where=lambda event: event["id"] == 3)
            assert (await amend(bob, "edit", id=3, message="not his"))["code"] == "not_allowed"
            assert (await amend(bob, "react", id=3, emoji=":wave:", on=True))["emoji"] == WAVE
            await ada.receive("reaction")
            assert (await amend(ada, "edit", id=3, message="another x-mark"))["id"] == 5
            await bob.receive("edit")
            reply = await bob.say("what is that?", reply_to=3)
            assert reply["reply"]["excerpt"] == "another x-mark"
            assert (await amend(ada, "delete", id=3))["id"] == 7
            for client in (bob, carol):
                assert (await client.receive("delete"))["target"] == 3
            assert (await amend(carol, "react", id=3, emoji=WAVE, on=True))["code"] == "not_found"
            assert "x-mark" not in everything_in(storage)
            for server in (one, two):
                await _check_who_comes_back(server, away, [6, 7])
        await asyncio.to_thread(one.kill)
        await asyncio.to_thread(one.start)
        await _check_who_comes_back(one, away, [6, 7])


async def _check_who_comes_back(server: LiveServer, away: dict[str, Any], ids: list[int]) -> None:
    async with Client(server.ws_url, **away) as client:
        await client.receive("delete")
        assert [frame["id"] for frame in client.frames if frame["type"] in {"message", "edit", "delete"}] == ids
        await client.send(type="history")
        await client.receive("history")
        assert "x-mark" not in json.dumps(client.frames)
    page = await asyncio.to_thread(fetch, server.url + "/api/rooms/lobby/messages")
    assert [event["id"] for event in page.json()["events"]] == [2, 6]
    assert page.json()["events"][1]["reply"] == {"id": 3, "deleted": True}
    assert "x-mark" not in (await asyncio.to_thread(fetch, server.url + "/chat/lobby/")).text
