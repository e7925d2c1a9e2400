"""The messages of a room: their actions, what is folded, what is copied, and how many of them are on the page."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser, top_px
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

TOLERANCE_PX = 2  # line boxes may be rounded
MAX_ON_PAGE = 300
HEBREW = "\u05e9\u05dc\u05d5\u05dd \u05dc\u05db\u05d5\u05dc\u05dd"
HEBREW_NAME = "\u05e0\u05d5\u05e2\u05d4"
LONG_TEXT = "\n".join(f"line {number}" for number in range(1, 2001))[:3900]
CODE = "```\n" + "x = 1  # a long line of code " * 20 + "\ny = 2\n```"
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
TEXT_RIGHT = (
    "element => { const r = new Range(); r.selectNodeContents(element); return r.getBoundingClientRect().right; }"
)
TEXT_LEFT = TEXT_RIGHT.replace("right", "left")
RENDER_BOX = "item => { const {height} = item.getBoundingClientRect(); return height; }"


def copied(user: BrowserUser) -> str:
    text: str = user.page.evaluate("navigator.clipboard.readText()")
    return text


def test_a_message_is_copied_linked_folded_and_mirrored(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    """Regression: a message of 4000 lines took 39,000 px, and only the text of a right-to-left one was mirrored."""
    rooms.say(room, "before", "some **bold** words", HEBREW, CODE, LONG_TEXT)
    ada = new_user(HEBREW_NAME, **CLIPBOARD)
    link = _copy_text_and_link(ada)
    assert link == f"{server.url}/chat/{room}/3"
    _reach_actions_by_keys(ada)
    _expect_mirrored(ada, mirrored=ada.messages.nth(2), plain=ada.messages.nth(0))
    _copy_code(ada, ada.messages.nth(3))
    _fold_and_unfold(ada.messages.last)
    rooms.say(room, *[f"later {number}" for number in range(40)])
    ada.send("last")
    expect(ada.messages).to_have_count(46)
    ada.page.goto("about:blank")
    ada.page.goto(link)
    expect(ada.message("some bold words")).to_be_in_viewport(ratio=1)
    expect(ada.message("some bold words")).to_have_attribute("data-highlighted", "")


def _copy_text_and_link(ada: BrowserUser) -> str:
    """What the button copies as the link."""
    bar = ada.page.get_by_role("toolbar", name="Message")
    expect(bar).to_have_count(0)
    ada.message("some bold words").hover()
    bar.get_by_role("button", name="Copy text").click()
    expect(bar.get_by_role("button", name="Copied")).to_be_visible()
    expect(ada.composer).to_be_focused()
    assert copied(ada) == "some **bold** words", "as it was written, although the page shows it rendered"
    bar.get_by_role("button", name="Copy link").click()
    expect(bar.get_by_role("button", name="Copied")).to_have_count(2)
    return copied(ada)


def _reach_actions_by_keys(ada: BrowserUser) -> None:
    first, press = ada.messages.first, ada.page.keyboard.press
    ada.messages.nth(1).locator("article").focus()
    press("ArrowUp")
    press("Tab")
    expect(first.get_by_role("button", name="React with 👍")).to_be_focused()
    press("ArrowLeft")
    expect(first.get_by_role("button", name="Copy link")).to_be_focused()
    press("ArrowLeft")
    expect(first.get_by_role("button", name="Copy text")).to_be_focused()
    press("Escape")
    expect(first.locator("article")).to_be_focused()


def _expect_mirrored(ada: BrowserUser, *, mirrored: Locator, plain: Locator) -> None:
    avatars = [item.locator(".avatar").bounding_box() for item in (mirrored, plain)]
    right, left = [box["x"] for box in avatars if box]
    assert right > left + 300
    # Regression: a right-to-left name stood at the other end of its row, away from its avatar.
    name = ada.page.locator("#current-user-name")
    assert name.evaluate(TEXT_LEFT) - name.evaluate("element => element.getBoundingClientRect().left") <= TOLERANCE_PX


def _copy_code(ada: BrowserUser, message: Locator) -> None:
    message.locator("pre").hover()
    ada.page.get_by_role("button", name="Copy code").click()
    expect(ada.page.get_by_role("button", name="Copied")).to_have_count(1)
    assert copied(ada).rstrip("\n").endswith("\ny = 2")


def _fold_and_unfold(long: Locator) -> None:
    assert long.evaluate(RENDER_BOX) < 700
    show_all = long.get_by_role("button", name="Show all")
    show_all.hover()
    top = top_px(long)
    show_all.click()
    expect(long.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")
    assert long.evaluate(RENDER_BOX) > 5000
    assert top_px(long) == pytest.approx(top, abs=TOLERANCE_PX)
    long.get_by_role("button", name="Show less").click()
    assert long.evaluate(RENDER_BOX) < 700


def test_a_phone_a_long_press_and_a_turn_of_the_screen(new_user: NewUser, rooms: Rooms, room: str) -> None:
    rooms.say(room, "press me", *[f"message {number}" for number in range(9)])
    ada = new_user("ada", **PHONE, locale="en-US")
    box = ada.bodies.first.bounding_box()
    assert box
    touch = ada.page.context.new_cdp_session(ada.page)
    points = [{"x": box["x"] + 20, "y": box["y"] + 10}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    expect(ada.page.get_by_role("button", name="Copy text")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(ada.page.get_by_role("button", name="Copy text")).to_be_visible()
    ada.messages.nth(4).tap()
    expect(ada.page.get_by_role("button", name="Copy text")).to_have_count(0)

    # Regression: "12:50 AM" beside a message under another one reached into its text.
    time, body = ada.messages.last.locator("time"), ada.bodies.last
    assert time.evaluate(TEXT_RIGHT) <= body.evaluate(TEXT_LEFT)
    # Regression: the day stayed at the upper edge when there was room for its heading again.
    day = ada.page.locator(".timeline__day")
    expect(day).to_be_hidden()
    ada.page.route("**/api/rooms/?*", lambda route: None)  # no answer, after which the page would be rendered
    ada.page.set_viewport_size({"width": 780, "height": 390})
    expect(day).to_have_text("Today")
    ada.page.set_viewport_size({"width": 390, "height": 780})
    expect(day).to_be_hidden()


def test_the_page_stays_small_however_far_its_reader_goes_back(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: after 3,000 messages the page held 33,000 elements, and the last page cost seven times the first."""
    rooms.say(room, *[f"message {number}" for number in range(1, 601)])
    ada = new_user("ada")
    first_id = "Number(document.querySelector('#message-list > li').dataset.id)"
    while (oldest := ada.page.evaluate(first_id)) > 2:
        ada.scroll_to_start()
        ada.page.wait_for_function(f"oldest => {first_id} < oldest", arg=oldest)
        assert ada.messages.count() <= MAX_ON_PAGE
    ada.scroll_to_start()
    expect(ada.page.locator("#timeline-start")).to_have_text(f"This is where {room} begins.")
    expect(ada.bodies.first).to_have_text("message 1")
    expect(ada.page.locator(".timeline__day")).to_be_hidden()
    expect(ada.message("message 600")).to_have_count(0)
    ada.message("message 40").scroll_into_view_if_needed()
    expect(ada.page.locator(".timeline__day")).to_have_text("Today")
    ada.page.get_by_role("button", name=re.compile("Newest messages")).click()
    expect(ada.message("message 600")).to_be_in_viewport(ratio=1)
    assert ada.distance_from_end_px == 0
    expect(ada.message("message 580")).to_have_count(1)
    ada.page.evaluate("location.hash = '#message-2'")
    expect(ada.message("message 1")).to_be_in_viewport(ratio=1)
    ada.send("back at the end")
    expect(ada.message("back at the end")).to_be_in_viewport(ratio=1)
