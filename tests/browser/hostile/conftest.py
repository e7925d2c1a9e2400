"""A server for hostile text alone, and a look at everything that a page of it consists of."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visitor
from tests.support.browser.browser_user import Person
from tests.support.browser.page_monitor import Faults
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

EVERY_MARK = """
**b** *i* ~~s~~ `c`
https://a.example <mailto:a@a.example> [x](https://a.example)

> q

- a
  - b

3. c

```js
x
```
"""
# What every tag on the page is, and every attribute that it has.
KINDS = """() => [...document.querySelectorAll("*")].flatMap((element) => [
  element.localName,
  ...element.getAttributeNames().map((name) => `${element.localName} ${name}`),
])"""
# Only on pages where something is under way.
SOMETIMES = {"li data-state", "li aria-live", "li data-unread", "textarea style", "li data-continued", "div data-state"}
LINKS = """() => [...document.querySelectorAll(".message__body a")].map((link) =>
  [/^(https?:\\/\\/|mailto:)?/i.exec(link.getAttribute("href") ?? "")[0], link.target, link.rel].join(" ").toLowerCase()
)"""
LINK_ENDINGS = {f"{scheme} _blank noopener noreferrer nofollow" for scheme in ("http://", "https://", "mailto:")}
# As a reader's mouse, keyboard and clock would.
STIR = """() => {
  const kinds = ["mouseover", "mouseenter", "pointerover", "focus", "blur", "toggle", "animationstart"];
  for (const element of document.querySelectorAll("main *, aside *")) {
    for (const kind of kinds) element.dispatchEvent(new Event(kind, {bubbles: true}));
  }
}"""

Inspect = Callable[[Page], None]
Prepare = Callable[[Page], object]
OpenRoom = Callable[..., Person]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("hostile") / "storage"
    with LiveServer(folder, "serve", env={"CHAT_RATE": "0"}) as server:
        yield server


@pytest.fixture
def reader(visitor: Visitor, rooms: Rooms, room: str) -> Person:
    """Somebody with a name, in a room where nothing hostile was said."""
    rooms.say(room, EVERY_MARK, EVERY_MARK)
    return visitor("reader")


@pytest.fixture
def inspect(reader: Person) -> Inspect:
    """Asserts that a page holds no tag, no attribute and no link that a harmless one cannot hold, and stirs it."""
    harmless = SOMETIMES | set(reader.page.evaluate(KINDS))

    def inspect(page: Page) -> None:
        page.evaluate(STIR)
        assert set(page.evaluate(KINDS)) - harmless == set()
        assert set(page.evaluate(LINKS)) <= LINK_ENDINGS

    return inspect


@pytest.fixture
def open_room(reader: Person, server: LiveServer, faults: Faults) -> OpenRoom:
    """A page of its own, which may go nowhere. Its parts can be changed before it is loaded."""

    def open_room(room: str, prepare: Prepare = lambda page: None) -> Person:
        page = reader.page.context.new_page()
        prepare(page)
        faults.confine(page, f"{server.url}/chat/{room}/")
        return Person(page, server.url).visit(room).is_connected()

    return open_room
