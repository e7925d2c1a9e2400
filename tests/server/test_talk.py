"""The site as it is started: people talk, the file holds it, and pages come with all their parts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.live import Client, Command, LiveServer, fetch
from tests.server.conftest import NO_LIMIT

Said = Callable[[], list[dict[str, Any]]]


@pytest.mark.parametrize("command", get_args(Command))
async def test_two_people_talk_and_the_file_holds_every_word(command: Command, storage: Path, said: Said) -> None:
    with LiveServer(storage, command, NO_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            words = ["hi", "Grüße 👋", "<b>&amp;</b>", "two\nlines", "日本語" * 300, '"quoted\\"']
            for number, word in enumerate(words):
                speaker, listener = (ada, bob) if number % 2 else (bob, ada)
                event = await speaker.say(word)
                assert await listener.receive("message") == event
        assert [message["message"] for message in said()] == words
        assert [message["username"] for message in said()] == ["bob", "ada"] * 3


@pytest.mark.parametrize("command", ["daphne", "runserver"])
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
