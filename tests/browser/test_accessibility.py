"""Axe finds nothing, in light and dark; and what it cannot see: the keyboard's way through the page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, Visitor
from tests.support.browser.page_monitor import Faults
from tests.support.browser.paused_server import frozen
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
SCHEMES = ["light", "dark"]
NAMES = [
    "ada",
    "bob",
    "carol",
    "dan",
    "eve",
    "finn",
    "grace",
    "hugo",
    "ida",
    "jonas",
    "lea",
]  # every colour is among them
MARKDOWN = "**bold** `code` [link](https://example.org)\n\n> quote\n\n```\ncode\n```\n\n- one\n- two"


def check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_room(visitor: Visitor, rooms: Rooms, room: str, scheme: str) -> None:
    for name in NAMES:
        rooms.say(room, MARKDOWN, username=name, author=name)
    ada = visitor("ada", color_scheme=scheme)
    expect(ada.messages).to_have_count(len(NAMES))
    hues = ada.messages.evaluate_all("items => items.map((item) => item.dataset.hue)")
    assert set(hues) == set("01234567")
    check(ada.page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_empty_room_and_the_form_that_asks_for_a_name(visitor: Visitor, scheme: str) -> None:
    check(visitor(color_scheme=scheme).page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_open_drawer(visitor: Visitor, scheme: str) -> None:
    ada = visitor("ada", color_scheme=scheme, **PHONE)
    ada.page.get_by_role("button", name="Rooms and people").tap()
    ada.page.get_by_text("New room").tap()
    expect(ada.page.get_by_role("complementary")).to_be_in_viewport(ratio=1)
    check(ada.page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_dialog_that_changes_a_name(visitor: Visitor, scheme: str) -> None:
    ada = visitor("ada", color_scheme=scheme)
    ada.page.get_by_role("button", name="change your name").click()
    expect(ada.page.get_by_role("dialog")).to_be_visible()
    check(ada.page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_messages_on_their_way_and_refused(visitor: Visitor, server: LiveServer, rooms: Rooms, room: str, scheme: str):
    rooms.say(room, "one", "two", "three")
    rooms.damage(room, 2)
    ada = visitor("ada", color_scheme=scheme).say("refused")
    expect(ada.failed).to_have_count(1)
    with frozen(server):
        ada.say("on its way")
        expect(ada.pending).to_have_count(1)
        check(ada.page)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_error_page(open_page: OpenPage, server: LiveServer, faults: Faults, scheme: str) -> None:
    faults.expect("status of 404")
    page = open_page(color_scheme=scheme)
    page.goto(f"{server.url}/nowhere/")
    check(page)


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(visitor: Visitor, room: str) -> None:
    ada = visitor("ada")
    ada.composer.fill("something to send")
    ada.page.evaluate("() => document.activeElement.blur()")
    page = ada.page
    stops = [
        page.get_by_role("link", name="Skip to the messages"),
        page.get_by_role("navigation", name="Rooms").get_by_role("link", name=room),
        page.get_by_text("New room"),
        page.get_by_role("button", name="change your name"),
        ada.log,
        ada.composer,
        page.get_by_role("button", name="Send"),
    ]
    for stop in stops:
        tab_to(page, stop)
        expect(stop).to_be_in_viewport()


def tab_to(page: Page, stop: Locator) -> None:
    """Press Tab until it is focused; a page has fewer stops than that."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if stop.evaluate("stop => stop.contains(document.activeElement)"):
            return
    raise AssertionError(f"Tab does not reach {stop}")
