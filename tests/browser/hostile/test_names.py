"""Payloads as usernames of members who are present: in the member list, in presence notices, and while they type."""

import json
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect
from websockets.sync.client import ClientConnection, connect

from chat.text.names import BadName, clean_username
from tests.browser.hostile.conftest import CheckPage, OpenRoom
from tests.support.effort import Tally, effort
from tests.support.hostile_text import batches, payloads
from tests.support.live_server import LiveServer

BATCH_SIZE = 90  # one frame lists up to a hundred members


def payloads_as_names() -> list[str]:
    return [payload for payload in payloads() if is_valid_name(payload)]


def is_valid_name(text: str) -> bool:
    try:
        return clean_username(text) == text
    except BadName:
        return False


@pytest.mark.promise
def test_payloads_as_names_of_members_stay_text(
    open_room: OpenRoom, check_page: CheckPage, server: LiveServer, tally: Tally
) -> None:
    for number, names in enumerate(batches(payloads_as_names()[:: effort(20, torture=1)], BATCH_SIZE)):
        room = f"named-{number}"
        user = open_room(room)
        with ExitStack() as stack:
            sockets = [stack.enter_context(join(server, room, name)) for name in names]
            given = [json.loads(socket.recv())["you"]["username"] for socket in sockets]
            assert all(name.startswith(asked[:28]) for name, asked in zip(given, names, strict=True))
            expect(user.members).to_have_count(len(names) + 1)
            assert set(user.members.all_text_contents()) == {"reader", *given}
            sockets[-1].send(json.dumps({"type": "typing"}))
            expect(user.typing).to_have_js_property("textContent", f"{given[-1]} is typing…")
            check_page(user.page)
        user.page.close()
        tally("hostile names", len(names))


def join(server: LiveServer, room: str, name: str) -> ClientConnection:
    return connect(f"{server.ws_url}/ws/chat/{room}/?{urlencode({'username': name})}", proxy=None)
