"""Unread messages, with two and three people and two tabs: the marks of rooms, the title, the line, the jump button."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer


def link(user: BrowserUser, room: str) -> Page:
    return user.page.locator(f"#rooms a[href$='/{room}/']")


def expect_unread(user: BrowserUser, room: str, count: int) -> None:
    """The mark of a room, for eyes and for a screen reader."""
    if count == 0:
        expect(link(user, room).locator(".room-link__count")).to_have_count(0)
    else:
        messages = "message" if count == 1 else "messages"
        expect(link(user, room)).to_have_accessible_name(re.compile(f"{room}.*{count} unread {messages}"))


def expect_visited(user: BrowserUser) -> None:
    """The first list of rooms has arrived: what follows is new to this browser."""
    user.page.wait_for_function("localStorage.getItem('chatsite:visited') === 'true'")


def look_away(page: Page) -> None:
    """Another window has the focus. Chromium gives every page of a test the focus, so the page is told otherwise."""
    page.evaluate("document.hasFocus = () => false; window.dispatchEvent(new Event('blur'))")


def look_back(page: Page) -> None:
    page.evaluate("document.hasFocus = () => true; window.dispatchEvent(new Event('focus'))")


def test_news_of_another_room_comes_at_once_and_is_the_same_in_all_tabs(
    new_user: NewUser, server: LiveServer, room: str
) -> None:
    """Regression: the mark came up to thirty seconds late, never in a hidden tab, and had no number."""
    other = f"{room}-other"
    ada = new_user("ada")
    expect_visited(ada)
    tab = BrowserUser(ada.page.context.new_page(), server.url).visit(room).expect_connected()
    look_away(tab.page)  # hidden
    bob = new_user("bob").visit(other).expect_connected()
    bob.send("one", "two").expect_messages("one", "two")
    for user in (ada, tab):
        expect_unread(user, other, 2)
        expect(user.page.locator("#rooms > li a").first).to_have_attribute("href", re.compile(other))
        expect(link(user, other)).to_have_css("font-weight", "650")
        expect(user.page).to_have_title(re.compile(r"^\(2\) "))
        expect(user.page.locator("link[rel=icon]")).to_have_attribute("href", "/icon-2.svg")
    # Seen is what was shown: in one tab, and at once in all of them.
    link(ada, other).click()
    ada.expect_messages("one", "two")
    expect_unread(tab, other, 0)
    expect(tab.page).to_have_title(re.compile(r"^(?!\()"))
    # One's own message is seen, also by who leaves immediately.
    ada.expect_connected().send("mine").page.goto(f"{server.url}/chat/{room}/")
    bob.expect_messages("one", "two", "mine")
    ada.expect_connected()
    bob.send("three")
    for user in (ada, tab):
        expect_unread(user, other, 1)


def test_the_line_the_jump_button_and_what_counts_as_seen(
    new_user: NewUser, server: LiveServer, room: str, rooms: Rooms
) -> None:
    rooms.say(room, *[f"old {number}" for number in range(30)])
    ada = new_user("ada")
    expect(ada.message("old 29")).to_be_in_viewport()
    expect_unread(ada, room, 0)
    line = ada.page.locator("#message-list > [data-unread]")
    expect(line).to_have_count(0)
    # A break: the line, and a number of what is not seen. Who comes back is shown the first of them.
    look_away(ada.page)
    bob = new_user("bob")
    bob.send(*[f"new {number}" for number in range(30)])
    expect(ada.message("new 29")).to_have_count(1)
    expect(line).to_contain_text("new 0")
    expect_unread(ada, room, 30)
    expect(ada.page).to_have_title(re.compile(r"^\(30\) "))
    look_back(ada.page)
    expect(ada.message("new 0")).to_be_in_viewport()
    expect(ada.message("new 29")).not_to_be_in_viewport()
    # Scrolled up: the button leads to the first unseen message, then to the end.
    ada.scroll_to_start()
    jump = ada.page.locator("#jump-button")
    expect(jump).to_have_text(re.compile(r"\d+ new messages"))
    jump.focus()
    jump.press("Enter")
    expect(ada.message("new 0")).to_be_in_viewport()
    jump.press("Enter")
    expect(ada.message("new 29")).to_be_in_viewport()
    expect(jump).to_be_hidden()
    expect(ada.log).to_be_focused()
    expect_unread(ada, room, 0)
    # The button is quiet when nothing is new.
    ada.scroll_to_start()
    expect(jump).to_have_text("Newest messages")
    expect(jump).to_have_attribute("data-quiet", "")
    # On entering: the first message that was said meanwhile is in view, although there is more than a screen of them.
    ada.page.goto(f"{server.url}/chat/{room}-other/")
    bob.send(*[f"more {number}" for number in range(60)])
    expect_unread(ada, room, 60)
    ada.visit(room)
    expect(line).to_contain_text("more 0")
    expect(ada.message("more 0")).to_be_in_viewport()
    expect(ada.message("more 59")).not_to_be_in_viewport()
    expect(jump).to_have_text(re.compile("new messages"))


RECORD_NOTIFICATIONS = """
  class Recorded {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, {body}) { document.documentElement.dataset.notified = `${title}: ${body}`; }
  }
  window.Notification = Recorded;
"""


def test_one_tab_notifies_of_a_room_that_nobody_looks_at(new_user: NewUser, server: LiveServer, room: str) -> None:
    other = f"{room}-other"
    ada = new_user("ada")
    expect_visited(ada)
    ada.page.context.add_init_script(RECORD_NOTIFICATIONS)
    for name in (other, room):
        ada.visit(name).expect_connected()
        ada.page.get_by_role("button", name="Notifications: Off").click()
        ada.page.get_by_label("Messages that mention me" if name == other else "All messages").check()
        ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_role("button", name="Notifications: All messages")).to_be_visible()
    tab = BrowserUser(ada.page.context.new_page(), server.url).visit(room).expect_connected()
    look_away(tab.page)
    bob = new_user("bob")
    notified = [user.page.locator("html[data-notified]") for user in (ada, tab)]
    # Somebody looks at the room in one tab, and nobody mentioned Ada in the other room.
    bob.send("first")
    expect(tab.message("first")).to_have_count(1)
    bob.visit(other).expect_connected().send("Ada")
    expect_unread(ada, other, 1)
    # Another room, with a mention: once, in the tab that leads.
    bob.send("@Ada, look")
    expect(notified[0]).to_have_attribute("data-notified", f"bob in {other}: @Ada, look")
    expect(link(ada, other)).to_have_accessible_name(re.compile("2 unread messages, 1 mentions you"))
    expect(link(tab, other).locator(".room-link__count [aria-hidden]")).to_have_text("@ 2")
    look_away(ada.page)
    bob.visit(room).expect_connected().send("second")
    expect(notified[0]).to_have_attribute("data-notified", f"bob in {room}: second")
    expect(tab.message("second")).to_have_count(1)
    expect(notified[1]).to_have_count(0)
