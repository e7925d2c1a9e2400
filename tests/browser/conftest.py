"""Fixtures of the browser tests: one Chromium and one server per run, and a browser context for each user.

A test fails if a page logged an error, threw, violated the content security policy, opened a dialog, sent a request to
another host or turned a mark of hostile text into an element, unless the test expects it:
`monitor.expect("ERR_CONNECTION_REFUSED")`.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import TIME_LIMIT, LiveServer

TIMEOUT_MS = TIME_LIMIT * 1000
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # no test reaches another machine
]

# Without the copies for offline use a page comes from the server, and tests can reroute its requests.
CONTEXT = {"viewport": {"width": 1200, "height": 800}, "locale": "en-GB", "service_workers": "block"}

room_numbers = itertools.count(1)
OpenPage = Callable[..., Page]
NewUser = Callable[..., BrowserUser]

# All pages come from one address, which makes more rooms than one address may.
NO_RATE_LIMIT = {"CHAT_RATE": "0"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Shared by all tests. Modules whose tests stop or damage it override this fixture with a server of their own."""
    with LiveServer(tmp_path_factory.mktemp("browser") / "storage", "serve", NO_RATE_LIMIT) as server:
        yield server


@pytest.fixture
def rooms(server: LiveServer) -> Rooms:
    return Rooms(server.storage)


@pytest.fixture
def room() -> str:
    """A room that no other test uses."""
    return f"room-{next(room_numbers)}"


@pytest.fixture
def monitor(server: LiveServer) -> Iterator[PageMonitor]:
    monitor = PageMonitor(server.url)
    yield monitor
    assert monitor.unexpected == []


@pytest.fixture
def open_page(browser: Browser, monitor: PageMonitor) -> Iterator[OpenPage]:
    """Opens a page in a new browser context. Takes the options of a context."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{**CONTEXT, **options})
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        monitor.watch(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def new_user(open_page: OpenPage, server: LiveServer, room: str) -> NewUser:
    """Opens the test's room as a new user, who joins it if a name is given. Takes the options of a context."""

    def new_user(name: str = "", **options: Any) -> BrowserUser:
        user = BrowserUser(open_page(**options), server.url).visit(room)
        return user.join(name) if name else user

    return new_user
