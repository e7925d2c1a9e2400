"""Layout on desktop and phone, dark mode, and pages without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
WIDE_MESSAGES = [
    "W" * 600,
    "https://example.org/" + "path" * 120,
    "`" + "x" * 400 + "`",
    "```\n" + "a long line of code; " * 40 + "\n```",
    "> " + "quoted" * 100,
    "- " + "listed" * 100,
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645 " * 30,
    "\u05e9\u05dc\u05d5\u05dd" * 100,
    "\u202b" + "W" * 100,
    "Z" + "\u0323\u0308" * 200,
    "\u65e5\u672c\u8a9e" * 100,
]


def overflow_px(user: BrowserUser) -> int:
    """The greatest horizontal overflow of any part of the page."""
    overhang: int = user.page.evaluate(
        """() => {
          const parts = "html, body, .room, #messages, .message__body, .sidebar, .room__foot";
          const overhang = ({scrollWidth, clientWidth}) => scrollWidth - clientWidth;
          return Math.max(...[...document.querySelectorAll(parts)].map(overhang));
        }"""
    )
    return overhang


def brightness(user: BrowserUser) -> int:
    """Of the page's background, of 3 * 255."""
    colour: str = user.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_no_message_or_name_widens_the_page(new_user: NewUser, rooms: Rooms, room: str, width: int) -> None:
    for text in WIDE_MESSAGES:
        rooms.say(room, text, username="W" * 32)
    ada = new_user("M" * 32, viewport={"width": width, "height": 700})
    expect(ada.messages).to_have_count(len(WIDE_MESSAGES))
    assert overflow_px(ada) <= 0
    ada.composer.fill("W" * 500)
    ada.composer.press("Enter")
    expect(ada.messages).to_have_count(len(WIDE_MESSAGES) + 1)
    assert overflow_px(ada) <= 0


def test_on_a_phone_the_sidebar_is_a_drawer(new_user: NewUser) -> None:
    ada = new_user("ada", **PHONE)
    menu = ada.page.get_by_role("button", name="Rooms", exact=True)
    drawer = ada.page.get_by_role("complementary", name="Rooms", exact=True)
    closers = [
        lambda: drawer.get_by_role("button", name="Close").tap(),
        lambda: ada.page.keyboard.press("Escape"),
        lambda: ada.page.touchscreen.tap(380, 400),
    ]
    for close in closers:
        expect(drawer).to_be_hidden()
        menu.tap()
        expect(drawer).to_be_in_viewport(ratio=1)
        expect(drawer.get_by_text("ada", exact=True).first).to_be_visible()
        expect(drawer.get_by_role("button", name="Close")).to_be_focused()
        close()
        expect(drawer).not_to_be_in_viewport()
        expect(menu).to_be_focused()


def test_the_drawer_leads_to_another_room(new_user: NewUser, rooms: Rooms, server: LiveServer) -> None:
    rooms.say("over-there", "hello")
    ada = new_user("ada", **PHONE)
    ada.page.get_by_role("button", name="Rooms", exact=True).tap()
    ada.page.get_by_role("link", name="over-there").tap()
    ada.page.wait_for_url(f"{server.url}/chat/over-there/")
    ada.expect_connected().expect_messages("hello")


def test_a_room_is_printed_in_full_and_a_narrow_bar_leaves_the_names_free(
    new_user: NewUser, rooms: Rooms, room: str
) -> None:
    rooms.say(room, *(f"message {number}" for number in range(30)), "\n".join(map(str, range(60))))
    rooms.amend(room, 30, "edit", message="another text")
    ada = new_user("ada", viewport={"width": 390, "height": 780}, color_scheme="dark")
    expect(ada.page.get_by_role("button", name="Show all")).to_be_visible()
    row = ada.message("another text")
    row.locator(".message__body").hover()
    bar, edited = (
        ada.page.get_by_role("toolbar", name="Message").bounding_box(),
        row.get_by_text("edited").bounding_box(),
    )
    assert bar
    assert edited
    assert bar["x"] > edited["x"] + edited["width"]
    ada.page.emulate_media(media="print")
    expect(ada.composer).to_be_hidden()
    expect(ada.page.get_by_role("complementary", name="Rooms")).to_be_hidden()
    expect(ada.page.get_by_title("Go to a date")).to_be_hidden()
    expect(ada.page.get_by_role("button", name="Show all")).to_be_hidden()
    folded = ada.page.locator("[data-fold=folded]")
    expect(folded).to_have_css("mask-image", "none")
    assert not folded.evaluate("body => body.scrollHeight > body.clientHeight + 1")
    assert brightness(ada) > 3 * 220
    clipped = "log => log.scrollHeight > log.clientHeight + 1 || log.clientHeight < 1000"
    assert not ada.page.locator("#messages").evaluate(clipped)


def test_the_page_follows_the_preferred_color_scheme(new_user: NewUser) -> None:
    assert brightness(new_user(color_scheme="light")) > 3 * 220
    assert brightness(new_user(color_scheme="dark")) < 3 * 60


def test_without_javascript_a_room_can_be_read(new_user: NewUser, rooms: Rooms, room: str) -> None:
    rooms.say(room, "readable **all the same**")
    ada = new_user(java_script_enabled=False)
    expect(ada.bodies).to_have_text(["readable all the same"])
    expect(ada.page.locator(".notice")).to_contain_text("messages appear when you load the page again")
    expect(ada.page.get_by_role("navigation", name="Rooms").get_by_role("link", name="lobby")).to_be_visible()


def test_without_javascript_a_message_can_be_posted(new_user: NewUser, server: LiveServer, room: str) -> None:
    ada = new_user(java_script_enabled=False)
    ada.name_field.fill("ada")
    ada.page.get_by_role("button", name="Join").click()
    ada.page.wait_for_url(f"{server.url}/chat/{room}/")
    expect(ada.name_field).to_be_hidden()
    ada.composer.fill("hello")
    ada.page.get_by_label("Your name").fill("Ada")
    ada.page.get_by_role("button", name="Send").click()
    expect(ada.bodies).to_have_text(["hello"])
    expect(ada.authors).to_have_text(["Ada"])
    expect(ada.messages.locator("time")).to_contain_text("UTC")


def test_an_unknown_url_shows_an_error_with_a_link_back(
    open_page: OpenPage, server: LiveServer, monitor: PageMonitor
) -> None:
    monitor.expect("status of 404")
    page = open_page()
    page.goto(f"{server.url}/chat/No%20Room/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    page.get_by_role("link", name="To the lobby").click()
    page.wait_for_url(f"{server.url}/chat/lobby/")
