"""Hostile text in WebSocket frames to an open page, from a server that neither escapes nor checks anything.

The payloads are the HTML, names, ids, timestamps, errors and types of the frames.
"""

import itertools
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.hostile.conftest import CheckPage, OpenRoom
from tests.support.browser.browser_user import BrowserUser
from tests.support.effort import Tally, effort
from tests.support.hostile_text import batches, payloads, sample

BATCH_SIZE = 50
ME = {"username": "reader", "author": "me"}


class HostileServer:
    """The server's end of the WebSocket of one page."""

    def __init__(self) -> None:
        self.error_text = ""
        self._ids = itertools.count(2)
        self._sockets: list[WebSocketRoute] = []

    def serve(self, page: Page) -> None:
        page.route_web_socket(re.compile("/ws/chat/"), self._accept)

    def _accept(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)
        socket.on_message(self._receive)
        limits = {"message": 4000, "username": 32, "history": 200}
        room = {"protocol": 1, "epoch": "e", "name": "Hostile", "last_id": 1}
        self.send("welcome", **room, you=ME, members=[ME], count=1, limits=limits, reset=True)

    def _receive(self, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["type"] == "ping":  # or a slow test loses its connection
            self.send("pong")
        if frame["type"] == "message":
            error = self.error_text
            self.send("error", code=error, detail=error, retry=False, client_id=frame["client_id"])

    def send(self, type_: str, **fields: Any) -> None:
        self._sockets[-1].send(json.dumps({"type": type_, **fields}))

    def send_everywhere(self, text: str) -> None:
        """As a message, as a member who joins, types and leaves, as an error, and as an event of an unknown type."""
        fields = {name: text for name in ("author", "username", "message", "html", "client_id", "timestamp")}
        member = {"username": text, "author": text}
        self.send("presence", joined=[member], left=[], count=2)
        self.send("typing", username=text)
        self.send("message", id=next(self._ids), **fields)
        self.send("error", code=text, detail=text, retry=False, client_id=text)
        self.send(text, id=next(self._ids), **fields)
        self.send("presence", joined=[], left=[member], count=1)

    def close(self, code: int) -> None:
        self._sockets[-1].close(code=code)


@pytest.mark.promise
def test_payloads_in_frames_stay_text(open_room: OpenRoom, check_page: CheckPage, room: str, tally: Tally) -> None:
    server = HostileServer()
    user = open_room(room, server.serve)
    for texts in batches(effort(sample(500), torture=payloads()), BATCH_SIZE):
        for text in texts:
            server.send_everywhere(text)
        expect_shown_as_text(user, server, texts[-1])
        check_page(user.page)
        tally("hostile payloads in Chromium", len(texts))


def expect_shown_as_text(user: BrowserUser, server: HostileServer, text: str) -> None:
    """Each place of the page that shows text of a frame shows exactly this text."""
    server.send("presence", joined=[{"username": text, "author": text}], left=[], count=2)
    expect_text(user, "#presence-note", f"{text} joined")
    server.send("typing", username=text)
    expect_text(user, "#typing", f"{text} is typing…")
    server.send("presence", joined=[{"username": text, "author": "me"}], left=[ME], count=2)
    expect_text(user, "#current-user-name", text)
    assert set(user.members.all_text_contents()) == {text}
    server.error_text = text
    user.send("hello")
    expect_text(user, ".message__problem", f"Not sent. {text}")
    user.page.get_by_role("button", name="Discard").click()
    server.send("presence", joined=[], left=[{"username": text, "author": text}], count=1)


def expect_text(user: BrowserUser, selector: str, text: str) -> None:
    expect(user.page.locator(selector)).to_have_js_property("textContent", text)


@pytest.mark.promise
def test_a_payload_in_the_last_error_before_a_close_stays_text(
    open_room: OpenRoom, check_page: CheckPage, room: str, tally: Tally
) -> None:
    for text in sample(effort(3, torture=30)):
        server = HostileServer()
        user = open_room(room, server.serve)
        server.send("error", code=text, detail=text, retry=False)
        server.close(4100)
        expect_text(user, "#status-text", text)
        check_page(user.page)
        user.page.close()
        tally("hostile payloads in Chromium")
