"""Fixtures of the tests with hostile text: a server of their own, and a check of everything that a page consists of."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

ALL_MARKUP = """
**b** *i* ~~s~~ `c` @reader
https://a.example <mailto:a@a.example> [x](https://a.example)

> q

- a
  - b

3. c
4. d

- [x] e

|f|g|
|-|-:|
|h|[i](https://a.example "j")|

```js
x
```
"""
# Every kind of tag on the page, and every kind of attribute on each.
TAGS_AND_ATTRIBUTES = """() => [...document.querySelectorAll("*")].flatMap((element) => [
  element.localName,
  ...element.getAttributeNames().map((name) => `${element.localName} ${name}`),
])"""
# These appear only in certain states of a page. None of them can start a script or load anything.
TRANSIENT_ATTRIBUTES = {"hidden", "title", "tabindex", "role", "aria-label", "aria-describedby"}
TRANSIENT_PAIRS = {
    "textarea style",
    "li data-state",
    "li data-unread",
    "li data-continued",
    "li data-shown-state",
    "div data-failed-id",
    "input disabled",
    "div data-kind",
    "button data-action",
    "ol data-disconnected",
}
LINKS = """() => [...document.querySelectorAll(".message__body a")].map((link) =>
  [/^(https?:\\/\\/|mailto:)?/i.exec(link.getAttribute("href") ?? "")[0], link.target, link.rel].join(" ").toLowerCase()
)"""
ALLOWED_LINKS = {f"{scheme} _blank noopener noreferrer nofollow" for scheme in ("http://", "https://", "mailto:")}
# The events of a reader's mouse, keyboard and clock that could start an event handler.
DISPATCH_EVENTS = """() => {
  const types = ["mouseover", "mouseenter", "pointerover", "focus", "blur", "toggle", "animationstart"];
  for (const element of document.querySelectorAll("main *, aside *")) {
    for (const type of types) element.dispatchEvent(new Event(type, {bubbles: true}));
  }
}"""

CheckPage = Callable[[Page], None]
Prepare = Callable[[Page], object]
OpenRoom = Callable[..., BrowserUser]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("hostile") / "storage"
    with LiveServer(folder, "serve", env={"CHAT_RATE": "0"}) as server:
        yield server


@pytest.fixture
def reader(new_user: NewUser, rooms: Rooms, room: str) -> BrowserUser:
    """A user in a room that holds harmless messages with every kind of markup."""
    rooms.say(room, ALL_MARKUP, ALL_MARKUP)
    return new_user("reader")


@pytest.fixture
def check_page(reader: BrowserUser) -> CheckPage:
    """Dispatches events, and asserts that a page has no tag, attribute or link that harmless messages never have."""
    harmless = TRANSIENT_PAIRS | set(reader.page.evaluate(TAGS_AND_ATTRIBUTES))

    def check_page(page: Page) -> None:
        page.evaluate(DISPATCH_EVENTS)
        unknown = set(page.evaluate(TAGS_AND_ATTRIBUTES)) - harmless
        assert {each for each in unknown if each.partition(" ")[2] not in TRANSIENT_ATTRIBUTES} == set()
        assert set(page.evaluate(LINKS)) <= ALLOWED_LINKS

    return check_page


@pytest.fixture
def open_room(reader: BrowserUser, server: LiveServer, monitor: PageMonitor) -> OpenRoom:
    """Opens a room in a new page, which must not leave it. `prepare` can change what the page loads."""

    def open_room(room: str, prepare: Prepare = lambda page: None) -> BrowserUser:
        page = reader.page.context.new_page()
        prepare(page)
        monitor.confine(page, f"{server.url}/chat/{room}/")
        return BrowserUser(page, server.url).visit(room).expect_connected()

    return open_room
