"""The corpus as what comes over the WebSocket into an open page, from a server that has lost its mind.

It escapes nothing and checks nothing: payloads are the html, the names, the ids, the times, the errors, the types.
"""

import itertools
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.hostile.conftest import Inspect, OpenRoom
from tests.support.browser.browser_user import Person
from tests.support.effort import Held, effort
from tests.support.hostile_text import batches, payloads, sample

AT_ONCE = 50
ME = {"username": "reader", "author": "me"}


class MadServer:
    """The other end of the WebSocket of one page."""

    def __init__(self) -> None:
        self.refuses_with = ""
        self._ids = itertools.count(2)
        self._sockets: list[WebSocketRoute] = []

    def serve(self, page: Page) -> None:
        page.route_web_socket(re.compile("/ws/chat/"), self._welcome)

    def _welcome(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)
        socket.on_message(self._answer)
        limits = {"message": 4000, "username": 32, "history": 200}
        self.send("welcome", protocol=1, epoch="e", you=ME, last_id=1, members=[ME], count=1, limits=limits, reset=True)

    def _answer(self, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["type"] == "message":
            reason = self.refuses_with
            self.send("error", code=reason, detail=reason, retry=False, client_id=frame["client_id"])

    def send(self, kind: str, **fields: Any) -> None:
        self._sockets[-1].send(json.dumps({"type": kind, **fields}))

    def say(self, text: str) -> None:
        """As a message, as an author who comes, types and leaves, as an error, and as what no page has heard of."""
        said = {"author": text, "username": text, "message": text, "html": text, "client_id": text, "timestamp": text}
        somebody = {"username": text, "author": text}
        self.send("presence", joined=[somebody], left=[], count=2)
        self.send("typing", username=text)
        self.send("message", id=next(self._ids), **said)
        self.send("error", code=text, detail=text, retry=False, client_id=text)
        self.send(text, id=next(self._ids), **said)
        self.send("presence", joined=[], left=[somebody], count=1)

    def close(self, code: int) -> None:
        self._sockets[-1].close(code=code)


@pytest.mark.promise
def test_nothing_hostile_fires_from_frames(open_room: OpenRoom, inspect: Inspect, room: str, held: Held) -> None:
    server = MadServer()
    person = open_room(room, server.serve)
    for texts in batches(effort(sample(500), torture=payloads()), AT_ONCE):
        for text in texts:
            server.say(text)
        shows(person, server, texts[-1])
        inspect(person.page)
        held("hostile payloads in Chromium", len(texts))


def shows(person: Person, server: MadServer, text: str) -> None:
    """Wherever a page tells what a frame says, it tells the very text."""
    server.send("presence", joined=[{"username": text, "author": text}], left=[], count=2)
    tells(person, "#people-note", f"{text} joined")
    server.send("typing", username=text)
    tells(person, "#typing", f"{text} is typing…")
    server.send("presence", joined=[{"username": text, "author": "me"}], left=[ME], count=2)
    tells(person, "#me-name", text)
    assert set(person.people.all_text_contents()) == {text}
    server.refuses_with = text
    person.say("hello")
    tells(person, ".message__problem", f"Not sent. {text}")
    person.page.get_by_role("button", name="Discard").click()
    server.send("presence", joined=[], left=[{"username": text, "author": text}], count=1)


def tells(person: Person, where: str, text: str) -> None:
    expect(person.page.locator(where)).to_have_js_property("textContent", text)


@pytest.mark.promise
def test_what_the_server_says_at_last_is_text(open_room: OpenRoom, inspect: Inspect, room: str, held: Held) -> None:
    for text in sample(effort(3, torture=30)):
        server = MadServer()
        person = open_room(room, server.serve)
        server.send("error", code=text, detail=text, retry=False)
        server.close(4100)
        tells(person, "#status-text", text)
        inspect(person.page)
        person.page.close()
        held("hostile payloads in Chromium")
