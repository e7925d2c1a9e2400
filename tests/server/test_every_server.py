"""Every server that can run the site: clients post, the file has their messages, and pages load completely."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.server.conftest import StoredMessages
from tests.support.live_server import TIME_LIMIT, Client, Command, LiveServer, fetch
from tests.support.servers.server_kinds import NO_RATE_LIMIT, OWN_COMMANDS, SERVER_KINDS, ServerKind


@pytest.mark.parametrize("server_kind", [*SERVER_KINDS, *OWN_COMMANDS], ids=str)
async def test_two_people_talk_and_the_file_holds_every_word(
    server_kind: ServerKind, storage: Path, stored_messages: StoredMessages
) -> None:
    with server_kind.server(storage, NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            words = ["hi", "Grüße 👋", "<b>&amp;</b>", "two\nlines", "日本語" * 300, '"quoted\\"']
            for number, word in enumerate(words):
                speaker, listener = (ada, bob) if number % 2 else (bob, ada)
                event = await speaker.say(word)
                assert await listener.receive("message") == event
        assert [message["message"] for message in stored_messages()] == words
        assert [message["username"] for message in stored_messages()] == ["bob", "ada"] * 3
        assert f"frames go out by {server_kind.frame_path}" in server.output


async def test_frames_of_every_size_arrive_by_every_path(
    server_kind: ServerKind, storage: Path, stored_messages: StoredMessages
) -> None:
    # The clients read after all is sent, 1.7 MB each: with the usual buffer a slow machine closes them with 4008.
    env = {**NO_RATE_LIMIT, "CHAT_MAX_MESSAGE": "100000", "CHAT_SEND_BUFFER": str(2**23)}
    with server_kind.server(storage, env) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            words = [f"{size} " + "ä" * size for size in (1, 20, 40, 200, 16_000, 33_000, 90_000)] * 3
            for number, word in enumerate(words):
                await ada.send(type="message", message=word, client_id=str(number))
            for client in (ada, bob):
                received = await client.collect("message", len(words))
                assert [event["message"] for event in received] == words
                assert [event["id"] for event in received] == list(range(2, 2 + len(words)))
    assert [message["message"] for message in stored_messages()] == words


async def test_a_client_that_leaves_is_removed_from_the_room_immediately(
    server_kind: ServerKind, storage: Path
) -> None:
    with server_kind.server(storage, NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="bob") as bob:
            assert bob.welcome["you"]["username"] == "bob"
            assert await _name_of_another(server, "bob") == "bob-2"
        async with asyncio.timeout(TIME_LIMIT):
            while await _name_of_another(server, "bob") != "bob":
                pass  # a username is free when no connection uses it


async def _name_of_another(server: LiveServer, username: str) -> str:
    async with Client(server.ws_url, username=username) as client:
        return str(client.welcome["you"]["username"])


@pytest.mark.parametrize("command", ["daphne", "runserver", "uvicorn", "hypercorn"])
def test_a_checkout_serves_its_pages_with_all_their_parts_and_needs_no_preparation(
    command: Command, storage: Path
) -> None:
    with LiveServer(storage, command) as server:
        page = fetch(server.url + "/chat/lobby/")
        assert page.status == 200
        parts = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
        assert any(part.endswith(".js") for part in parts)
        assert any(part.endswith(".css") for part in parts)
        for part in parts:
            assert fetch(server.url + part).status == 200, part
        script = next(part for part in parts if part.endswith(".js"))
        assert "javascript" in fetch(server.url + script).headers["Content-Type"]
        assert fetch(server.url + "/static/../manage.py").status in {400, 404}
        assert "unapplied migration" not in server.output
    assert "Traceback" not in server.output
