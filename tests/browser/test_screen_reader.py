"""What a screen reader reads: announcements, names, messages one by one with the keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.browser.screen_reader import accessibility_tree, expect_heard, listen
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

CONTROLS = {"button", "link", "textbox", "DisclosureTriangle", "article", "region", "navigation", "form", "log"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server for one test, which kills it."""
    with LiveServer(tmp_path / "storage", "serve", {"CHAT_RATE": "0"}) as server:
        yield server


def test_what_happens_is_announced(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str, monitor: PageMonitor
) -> None:
    """Regression: one message was spoken as five pieces in any order, a failed one and a lost connection not at all."""
    monitor.expect(r"net::ERR_(CONNECTION|EMPTY|SOCKET|INCOMPLETE)", "WebSocket connection to .* failed")
    rooms.say(room, "before")
    ada = new_user("ada")
    listen(ada.page)
    bob = {"username": "Bob", "author": "bob"}
    rooms.say(room, "Hello **Sue**", **bob)
    expect_heard(ada.page, "Bob: Hello Sue")
    ada.composer.fill("x" * 4479)
    ada.composer.press("Enter")
    expect_heard(ada.page, "479 characters too long", "479 characters too long")
    server.kill()
    expect_heard(ada.page, "The connection is gone. What you write is kept.")
    rooms.say(room, "one", "two", "three", **bob)
    ada.send("waits")
    server.start()
    expect_heard(ada.page, "The connection is back.", "Sent")
    expect_heard(ada.page, "The connection is back.", "3 messages came while you were away")
    rooms.damage(room, 3)
    ada.send("refused")
    expect(ada.failed).to_have_count(1)
    problem = ada.failed.locator(".message__problem").text_content() or ""
    expect_heard(ada.page, problem.replace("Not sent. ", "Not sent: "))


def test_messages_are_one_tab_stop_and_read_one_by_one(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: each message with a link was a tab stop of its own, and one without could not be reached."""
    bob = {"username": "Bob", "author": "bob"}
    rooms.say(room, "one [a](https://a.example)", "two [b](https://b.example)", "three [c](https://c.example)", **bob)
    ada = new_user("ada")
    expect(ada.composer).to_be_focused()
    articles = ada.page.get_by_role("article")
    press = ada.page.keyboard.press
    press("Shift+Tab")
    press("Shift+Tab")
    expect(articles.nth(2)).to_be_focused()
    press("ArrowUp")
    expect(articles.nth(1)).to_be_focused()
    press("Tab")
    expect(ada.page.get_by_role("link", name="b", exact=True)).to_be_focused()
    press("Tab")
    expect(ada.page.get_by_role("toolbar").get_by_role("button").first).to_be_focused()
    press("Tab")
    expect(ada.composer).to_be_focused()
    press("Shift+Tab")
    press("Home")
    expect(articles.nth(0)).to_be_focused()
    press("ArrowUp")
    expect(articles.nth(0)).to_be_focused()
    press("End")
    expect(articles.nth(2)).to_be_focused()
    ada.page.keyboard.type("typed")
    expect(ada.composer).to_have_value("typed")
    _check_names(ada.page)


def _check_names(page: Page) -> None:
    """The names in the accessibility tree of that page."""
    nodes = accessibility_tree(page)
    articles = [node.name for node in nodes if node.role == "article"]
    assert [re.sub(r"\d+:\d+", "12:00", name) for name in articles] == [
        "Bob 12:00 one a",
        "Bob 12:00 two b",
        "Bob 12:00 three c",
    ]
    assert {node.name for node in nodes if node.role == "time"} <= {""}, "the short time in it is read"
    for node in nodes:
        if node.role in CONTROLS:
            assert node.name == node.name.strip(), node
            assert not re.search(r"\s[,.;:]|\s\s", node.name), node
            assert node.name or node.role in ("form",), node
    live = [node for node in nodes if node.properties.get("live", "off") != "off"]
    assert all(node.role in ("generic", "paragraph", "alert", "status") for node in live), live
