"""What a cold page costs: requests, and bytes on the wire. It needs collected static files, as in any deployment."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import NO_RATE_LIMIT, NewUser, OpenPage
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

MAX_REQUESTS = 9  # with the WebSocket
MAX_BYTES = 65_000  # with headers
HASHED = re.compile(r"\.[0-9a-f]{12}\.")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A site of its own: each room of other tests would be a line in the list of rooms."""
    with LiveServer(tmp_path_factory.mktemp("weight") / "storage", "serve", NO_RATE_LIMIT) as server:
        yield server


class Traffic:
    """What a page has requested and received."""

    def __init__(self, page: Page) -> None:
        self.urls: list[str] = []
        self.received_bytes = 0
        protocol = page.context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.on("Network.requestWillBeSent", lambda event: self.urls.append(event["request"]["url"]))
        protocol.on("Network.webSocketCreated", lambda event: self.urls.append(event["url"]))
        protocol.on("Network.loadingFinished", self._received)
        protocol.on("Network.webSocketFrameReceived", self._frame_received)

    def _received(self, event: dict[str, Any]) -> None:
        self.received_bytes += round(event["encodedDataLength"])

    def _frame_received(self, event: dict[str, Any]) -> None:
        self.received_bytes += len(event["response"]["payloadData"].encode())


def is_of(path: str) -> Callable[[Request], bool]:
    return lambda request: urlsplit(request.url).path == path


def test_a_cold_page_takes_few_requests_and_little_of_a_slow_link(
    new_user: NewUser, open_page: OpenPage, server: LiveServer, rooms: Rooms, room: str
) -> None:
    rooms.say(room, *(f"message {number} with some words, *emphasis* and `code`" for number in range(60)))
    cookies = new_user("ada").page.context.cookies()
    page = open_page()
    page.context.add_cookies([{key: cookie[key] for key in ("name", "value", "domain", "path")} for cookie in cookies])
    traffic = Traffic(page)
    # The last requests of a page: the list of rooms when it is connected, and a second later the people elsewhere.
    with page.expect_request_finished(is_of("/api/rooms/")), page.expect_request_finished(is_of("/api/people/")):
        ada = BrowserUser(page, server.url).visit(room).expect_connected()
    expect(ada.messages).to_have_count(50)
    page.wait_for_load_state("networkidle")
    assert len(traffic.urls) <= MAX_REQUESTS, traffic.urls
    assert 5_000 < traffic.received_bytes <= MAX_BYTES
    static = [urlsplit(url).path for url in traffic.urls if "/static/" in url]
    assert all(HASHED.search(path) for path in static), f"run collectstatic: {static}"
    assert len([path for path in static if path.endswith(".css")]) == 1
