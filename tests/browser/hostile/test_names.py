"""Payloads that are names, of people who are there: in the list, in the notes about them, and while they type."""

import json
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect
from websockets.sync.client import ClientConnection, connect

from chat.text.names import BadName, clean_username
from tests.browser.hostile.conftest import Inspect, OpenRoom
from tests.support.effort import Held, effort
from tests.support.hostile_text import batches, payloads
from tests.support.live_server import LiveServer

AT_ONCE = 90  # a hundred people are named in one frame


def names() -> list[str]:
    return [payload for payload in payloads() if is_name(payload)]


def is_name(text: str) -> bool:
    try:
        return clean_username(text) == text
    except BadName:
        return False


@pytest.mark.promise
def test_nothing_hostile_fires_from_the_names_of_people_present(
    open_room: OpenRoom, inspect: Inspect, server: LiveServer, held: Held
) -> None:
    for number, wanted in enumerate(batches(names()[:: effort(20, torture=1)], AT_ONCE)):
        room = f"named-{number}"
        person = open_room(room)
        with ExitStack() as stack:
            sockets = [stack.enter_context(enter(server, room, name)) for name in wanted]
            given = [json.loads(socket.recv())["you"]["username"] for socket in sockets]
            assert all(name.startswith(asked[:28]) for name, asked in zip(given, wanted, strict=True))
            expect(person.people).to_have_count(len(wanted) + 1)
            assert set(person.people.all_text_contents()) == {"reader", *given}
            sockets[-1].send(json.dumps({"type": "typing"}))
            expect(person.typing).to_have_js_property("textContent", f"{given[-1]} is typing…")
            inspect(person.page)
        person.page.close()
        held("hostile names", len(wanted))


def enter(server: LiveServer, room: str, name: str) -> ClientConnection:
    return connect(f"{server.ws_url}/ws/chat/{room}/?{urlencode({'username': name})}", proxy=None)
