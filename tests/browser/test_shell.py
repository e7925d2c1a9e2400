"""The frame of the page with many rooms and people, on every width; the keyboard; the line about the connection."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer
from tests.support.servers.paused_server import paused

PEOPLE = [{"username": f"person {number:03}", "author": f"p{number}"} for number in range(100)]
WIDTHS = (390, 820, 1440, 1920)
TOUCH_WIDTH = 390
# Every part of the frame as its rectangle; None for a part that is not shown.
PARTS = """() => Object.fromEntries(Object.entries({
  rooms: ".rooms", list: "#rooms-scroller", profile: ".profile", people: "#people-panel", room: ".room",
  message: ".message__row", heading: ".room__name", composer: "#composer", title: "#rooms-title",
}).map(([name, selector]) => {
  const element = document.querySelector(selector);
  const shown = element.checkVisibility({visibilityProperty: true});
  const {left, right, top, bottom, width} = element.getBoundingClientRect();
  return [name, shown ? {left, right, top, bottom, width} : null];
}))"""


@pytest.fixture
def many(rooms: Rooms, room: str) -> None:
    """300 rooms, of which this test's room is the last by name but for a few, and a conversation in it."""
    if not rooms.path("many-000").exists():
        for number in range(300):
            rooms.store.create(f"many-{number:03}", f"Many rooms, number {number:03} of a site with a lot of them")
    rooms.say(room, *(f"message {number}" for number in range(30)))


def with_many_people(page: Page) -> None:
    """The page hears of 300 people: the server names the first hundred."""

    def welcome(message: str | bytes) -> str | bytes:
        if isinstance(message, bytes) or '"type":"welcome"' not in message:
            return message
        people = ",".join(f'{{"username":"{p["username"]}","author":"{p["author"]}"}}' for p in PEOPLE)
        return re.sub(r'"members":\[.*?\],"count":\d+', f'"members":[{people}],"count":300', message)

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(welcome(message)))

    page.route_web_socket(re.compile("/ws/"), route)


def test_300_rooms_and_300_people_fit_every_width(new_user: NewUser, many: None, room: str) -> None:
    ada = new_user("ada", viewport={"width": 1440, "height": 900})
    with_many_people(ada.page)
    ada.reload()
    expect(ada.member_count).to_have_text("300")
    for width in WIDTHS:
        ada.page.set_viewport_size({"width": width, "height": 900})
        if width == TOUCH_WIDTH:
            expect(ada.page.locator("#people-panel")).to_be_hidden()
            expect(ada.page.locator(".rooms")).to_be_hidden()
        parts = ada.page.evaluate(PARTS)
        assert ada.page.evaluate("document.documentElement.scrollWidth") == width
        if width == TOUCH_WIDTH:
            continue
        assert abs(parts["heading"]["left"] - parts["composer"]["left"]) < 1
        assert parts["composer"]["width"] <= 860
        assert parts["message"]["width"] <= 860 + 16  # the ground of a message under the pointer is wider than its text
        assert parts["list"]["bottom"] <= parts["profile"]["top"]
        assert parts["profile"]["bottom"] == 900
        if width >= 1200:
            assert parts["people"]["left"] == parts["room"]["right"]
        else:
            assert parts["rooms"]["bottom"] == parts["people"]["top"]
            assert parts["people"]["bottom"] == parts["profile"]["top"]
    expect(ada.members.first).to_have_text("ada")
    expect(ada.page.get_by_text("and 199 more")).to_be_attached()
    current = ada.page.locator("#rooms [aria-current]")
    expect(current).to_be_in_viewport(ratio=1)
    results = Axe().run(ada.page)
    assert results.violations_count == 0, results.generate_report()


def test_many_rooms_are_one_tab_stop_with_a_filter_and_a_page_for_the_others(
    new_user: NewUser, many: None, room: str, server: LiveServer
) -> None:
    ada = new_user("ada", viewport={"width": 1440, "height": 900})
    page, links = ada.page, ada.page.locator("#rooms a")
    expect(links).to_have_count(100)
    expect(page.locator("#rooms a[tabindex='0']")).to_have_count(1)
    page.locator("#rooms [aria-current]").focus()
    page.keyboard.press("Home")
    expect(links.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("Tab")  # past all other rooms
    expect(page.locator("#rooms-more")).to_be_focused()

    page.get_by_role("searchbox", name="Filter rooms").fill("NUMBER 299")
    expect(page.locator("#rooms li:visible")).to_have_count(1)
    page.get_by_role("searchbox", name="Filter rooms").fill("number 00")
    page.locator("#rooms-more").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All rooms")
    expect(page.locator(".room-link")).to_have_count(10)
    page.get_by_role("link", name="number 007").click()
    page.wait_for_url(f"{server.url}/chat/many-007/")


def test_the_keyboard_goes_to_rooms_and_people(new_user: NewUser, many: None, room: str, server: LiveServer) -> None:
    bob = new_user("bob")
    ada = new_user("ada", viewport={"width": 1440, "height": 900})
    page = ada.page
    ada.composer.press_sequentially("hi ")
    page.keyboard.press("Control+k")
    switcher = page.get_by_role("dialog", name="Go to a room or a person")
    expect(switcher.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("bob")
    expect(selected(switcher)).to_contain_text("bob")
    page.keyboard.press("Enter")
    expect(ada.composer).to_have_value("hi @bob ")
    expect(ada.composer).to_be_focused()
    page.keyboard.press("Control+z")
    expect(ada.composer).to_have_value("hi ")

    ada.scroll_to_start()
    page.keyboard.press("Escape")
    expect(ada.message("message 29")).to_be_in_viewport()
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()

    page.keyboard.press("Control+k")  # takes the place of another dialog, which the composer would be behind
    expect(page.locator("dialog[open]")).to_have_count(1)
    page.keyboard.type("mrn 007")  # a room that the side bar does not list
    expect(selected(switcher)).to_contain_text("number 007")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}/chat/many-007/")
    expect(page.locator("#people-elsewhere")).to_contain_text("bob")
    above = page.locator("#rooms li", has=page.locator("[aria-current]")).locator("xpath=preceding-sibling::li[1]/a")
    address = above.get_attribute("href")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_url(f"{server.url}{address}")
    bob.page.close()


def selected(switcher: Locator) -> Locator:
    return switcher.get_by_role("option", selected=True)


def test_the_column_of_people_can_be_closed_and_stays_closed(new_user: NewUser) -> None:
    ada = new_user("ada", viewport={"width": 1440, "height": 900})
    panel, button = ada.page.get_by_role("complementary", name="People"), ada.page.locator("#people-button")
    expect(panel).to_be_visible()
    button.click()
    expect(panel).to_be_hidden()
    ada.page.reload(wait_until="commit")
    expect(ada.page.locator("#layout[data-people=closed]")).to_be_attached()
    ada.expect_connected()
    expect(panel).to_be_hidden()
    ada.page.set_viewport_size({"width": 390, "height": 780})
    button.click()
    expect(panel).to_be_in_viewport(ratio=1)
    ada.page.keyboard.press("Escape")
    expect(panel).not_to_be_in_viewport()
    expect(button).to_be_focused()


def test_the_status_is_shown_only_when_it_is_news(new_user: NewUser, server: LiveServer, monitor: PageMonitor) -> None:
    """Regression: "Connected" stood beside waiting messages, for 11.6 s offline and for 16.3 s on a hung server."""
    monitor.expect("net::ERR_INTERNET_DISCONNECTED", "WebSocket connection to .* failed")
    ada = new_user("ada")
    expect(ada.status).to_be_hidden()
    dimmed = ada.page.locator("[data-connection=interrupted] .people")
    ada.page.context.set_offline(True)
    expect(ada.status).to_contain_text("You are offline since")
    expect(dimmed).to_be_attached()
    ada.page.context.set_offline(False)
    ada.expect_connected()
    ada.page.clock.install()
    ada.reload()
    with paused(server):
        ada.send("is anybody there?")
        ada.page.clock.run_for(3500)
        expect(ada.status).to_contain_text("The server has not answered for")
        expect(dimmed).to_be_attached()
        width = ada.page.locator("#status").evaluate("status => status.getBoundingClientRect().width")
        assert width == ada.page.viewport_size["width"]
    ada.expect_connected()
    ada.expect_messages("is anybody there?")

    without_acknowledgements(ada.page)
    ada.reload()
    ada.send("is this stored?")
    ada.page.clock.run_for(2500)  # the page asks whether the server is there
    ada.page.clock.run_for(1000)
    expect(ada.status).to_contain_text("The server answers, but has not stored your message for")
    expect(dimmed).to_have_count(0)


def without_acknowledgements(page: Page) -> None:
    """The page hears of no message, as when the disk is slow."""

    def route(socket: WebSocketRoute) -> None:
        def pass_on(message: str | bytes) -> None:
            if isinstance(message, str) and '"type":"message"' not in message:
                socket.send(message)

        socket.connect_to_server().on_message(pass_on)

    page.route_web_socket(re.compile("/ws/"), route)


def test_without_scripts_nothing_is_shown_that_does_nothing(new_user: NewUser, many: None) -> None:
    ada: BrowserUser = new_user(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    expect(ada.page.locator("#people-panel")).to_be_hidden()
    expect(ada.page.locator("#room-filter, #settings-button, #people-button")).to_have_count(0)
    ada.page.locator("#rooms-more").click()
    expect(ada.page.get_by_text("Rooms 1 to 100 of")).to_be_visible()
