"""Accessibility: axe finds no violation in light and dark mode, and the keyboard reaches every control in order."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer
from tests.support.servers.paused_server import paused

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
COLOR_SCHEMES = ["light", "dark"]
NAMES = "ada bob carol dan eve finn ida jonas lea mia olga paul".split()  # together they have every avatar colour
WIDE_TABLE = f"|{'column|' * 30}\n|{'-|' * 30}\n|{'cell|' * 30}"
MARKUP = (
    "**bold** `code` [link](https://example.org)\n\n> quote\n\n```python\ncode\n```\n\n- one\n- [x] two\n\n"
    + WIDE_TABLE
)


def expect_no_violations(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_a_room(new_user: NewUser, rooms: Rooms, room: str, scheme: str) -> None:
    for name in NAMES:
        rooms.say(room, MARKUP, username=name, author=name)
    rooms.answer(room, 2, "an answer")
    rooms.amend(room, len(NAMES) + 2, "edit", message="another answer")
    for emoji in "👍🎉":
        rooms.amend(room, len(NAMES) + 2, "reaction", emoji=emoji)
    ada = new_user("ada", color_scheme=scheme)
    expect(ada.messages).to_have_count(len(NAMES) + 1)
    ada.messages.last.get_by_role("button", name="👍, 1: ada").click()
    expect(ada.messages.last.get_by_role("button", name="👍, 2: ada, you")).to_be_visible()
    ada.messages.last.locator("article").focus()
    ada.page.keyboard.press("r")
    ada.messages.last.hover()
    expect(ada.page.get_by_role("toolbar", name="Message")).to_be_visible()
    hues = ada.messages.evaluate_all("items => items.map((item) => item.dataset.hue)")
    assert set(hues) == {str(hue) for hue in range(12)}
    expect_no_violations(ada.page)


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_an_empty_room_with_the_name_form(new_user: NewUser, scheme: str) -> None:
    expect_no_violations(new_user(color_scheme=scheme).page)


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_the_open_drawer(new_user: NewUser, scheme: str) -> None:
    ada = new_user("ada", color_scheme=scheme, **PHONE)
    ada.page.get_by_role("button", name="Rooms", exact=True).tap()
    ada.page.locator(".new-room > summary").tap()
    expect(ada.page.get_by_role("complementary", name="Rooms")).to_be_in_viewport(ratio=1)
    expect_no_violations(ada.page)


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_the_dialog_for_a_new_name(new_user: NewUser, scheme: str) -> None:
    ada = new_user("ada", color_scheme=scheme)
    ada.page.get_by_role("button", name="change your name").click()
    expect(ada.page.get_by_role("dialog")).to_be_visible()
    expect_no_violations(ada.page)


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_pending_and_refused_messages(new_user: NewUser, server: LiveServer, rooms: Rooms, room: str, scheme: str):
    rooms.say(room, "one", "two", "three")
    rooms.damage(room, 2)
    ada = new_user("ada", color_scheme=scheme).send("refused")
    expect(ada.failed).to_have_count(1)
    with paused(server):
        ada.send("pending")
        expect(ada.pending).to_have_count(1)
        expect_no_violations(ada.page)


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_linked_and_gone_messages_the_topic_and_a_taken_address(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str, monitor: PageMonitor, scheme: str
) -> None:
    monitor.expect("status of 404", "status of 409")
    rooms.say(room, *(f"message {number}" for number in range(120)))
    rooms.store.create(f"cafe-{scheme}", f"Café {scheme}")
    ada = new_user("ada", color_scheme=scheme)
    ada.page.locator("#room-about > summary").click()
    expect_no_violations(ada.page)
    ada.page.keyboard.press("Escape")
    ada.page.get_by_title("New room").click()
    ada.page.get_by_label("Name of the room").fill(f"Cafe {scheme}")
    ada.page.get_by_label("Name of the room").press("Enter")
    expect(ada.page.locator("#room-address")).to_be_visible()
    expect_no_violations(ada.page)
    for message_id in (20, 5000):
        ada.page.goto(f"{server.url}/chat/{room}/{message_id}")
        expect_no_violations(ada.page)


@pytest.mark.parametrize("scheme", COLOR_SCHEMES)
def test_the_error_page(open_page: OpenPage, server: LiveServer, monitor: PageMonitor, scheme: str) -> None:
    monitor.expect("status of 404")
    page = open_page(color_scheme=scheme)
    page.goto(f"{server.url}/nowhere/")
    expect_no_violations(page)


def test_the_keyboard_reaches_every_control_in_page_order(new_user: NewUser, rooms: Rooms, room: str) -> None:
    rooms.say(room, "one", "two", "three")
    ada = new_user("ada")
    ada.composer.fill("something to send")
    ada.page.evaluate("() => document.activeElement.blur()")
    page = ada.page
    stops = [
        page.get_by_role("link", name="Skip to the messages"),
        page.locator(".new-room > summary"),
        page.get_by_role("navigation", name="Rooms").get_by_role("link", name=room),
        page.get_by_role("button", name="change your name"),
        page.get_by_role("button", name="Settings"),
        page.get_by_role("button", name="show or hide the people"),
        ada.messages.nth(2),
        ada.composer,
        page.get_by_role("button", name="Choose an emoji"),
        page.get_by_role("button", name="Send"),
    ]
    for stop in stops:
        tab_to(page, stop)
        expect(stop).to_be_in_viewport()


def tab_to(page: Page, stop: Locator) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(100):  # a page has fewer stops
        page.keyboard.press("Tab")
        if stop.evaluate("stop => stop.contains(document.activeElement)"):
            return
    raise AssertionError(f"Tab does not reach {stop}")
