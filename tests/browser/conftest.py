"""One Chromium for the whole run, one server for what leaves it standing, and for every person a context of their own.

A test fails when a page logged an error, threw, broke the content security policy, opened a dialog or asked another
host, unless it said so before: `faults.expect("ERR_CONNECTION_REFUSED")`.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser.browser_user import Person
from tests.support.browser.page_monitor import Faults
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import TIME_LIMIT, LiveServer

LIMIT_MS = TIME_LIMIT * 1000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

numbers = itertools.count(1)
OpenPage = Callable[..., Page]
Visitor = Callable[..., Person]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=LIMIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Shared: tests that stop or damage it bring a server of their own under this name."""
    with LiveServer(tmp_path_factory.mktemp("browser") / "storage", "serve") as server:
        yield server


@pytest.fixture
def rooms(server: LiveServer) -> Rooms:
    return Rooms(server.storage)


@pytest.fixture
def room() -> str:
    """A room where nobody was before."""
    return f"room-{next(numbers)}"


@pytest.fixture
def faults(server: LiveServer) -> Iterator[Faults]:
    faults = Faults(server.url)
    yield faults
    assert faults.unexpected == []


@pytest.fixture
def open_page(browser: Browser, faults: Faults) -> Iterator[OpenPage]:
    """A page in a context of its own; keywords are those of a context."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, "locale": "en-GB", **options})
        context.set_default_timeout(LIMIT_MS)
        contexts.append(context)
        faults.watch(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(open_page: OpenPage, server: LiveServer, room: str) -> Visitor:
    """Somebody who has opened the test's room, and joined it if a name is given."""

    def visitor(name: str = "", **options: Any) -> Person:
        person = Person(open_page(**options), server.url).visit(room)
        return person.join(name) if name else person

    return visitor
