"""What people do with messages: answer, edit, react, delete, mark as unread; two of them see the same."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser, top_px
from tests.support.browser.page_monitor import PageMonitor
from tests.support.browser.screen_reader import expect_heard, listen
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
TOLERANCE_PX = 2
PARTS = ["message__author", "message__time", "message__edited", "message__reply", "message__body", "reactions"]
ROWS = """(items, parts) => items.map((item) => parts.map((part) =>
  item.querySelector(`.${part}`)?.textContent.replace(/\\s+/g, "")))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server for these tests, which kill it and start it again."""
    with LiveServer(tmp_path_factory.mktemp("amendments") / "storage", "serve", {"CHAT_RATE": "0"}) as server:
        yield server


def test_two_people_answer_edit_react_and_delete(new_user: NewUser, server: LiveServer, monitor: PageMonitor) -> None:
    monitor.expect(r"net::ERR_", "WebSocket connection to .* failed")
    ada, bob = new_user("ada"), new_user("bob")
    amend_in_all_ways(ada, bob)
    shown = rows(bob)
    server.kill()
    server.start()
    bob.expect_connected().reload()
    expect(bob.messages).to_have_count(3)
    assert rows(bob) == shown, "the page of the server is what the page has made of the events"


def rows(user: BrowserUser) -> object:
    """What is shown of each message."""
    return user.messages.evaluate_all(ROWS, PARTS)


def amend_in_all_ways(ada: BrowserUser, bob: BrowserUser) -> None:
    """In a room without messages, which has three of bob afterwards."""
    listen(ada.page)
    bob.send("Who is *in*?", "Bring **bread**")
    bob.expect_messages("Who is in?", "Bring bread")
    _answer(ada, bob)
    _edit(ada, bob)
    _react(ada, bob)
    _delete(ada, bob)


def _answer(ada: BrowserUser, bob: BrowserUser) -> None:
    ada.composer.fill("I am")
    _press(ada.message("Who is in?").first, "r")
    expect(ada.composer).to_be_focused()
    expect(ada.composer).to_have_accessible_description("Reply to bob: Who is in?")
    ada.composer.press("Escape")
    expect(ada.page.get_by_text("Reply to bob")).to_be_hidden()
    _press(ada.message("Who is in?").first, "R")
    ada.composer.press("Enter")
    answer = bob.message("I am")
    link = answer.get_by_role("link", name="bob Who is in?")
    link.click()
    expect(bob.message("Who is in?").first.locator("article")).to_be_focused()
    bob.page.get_by_role("button", name="Back to the reply").click()
    expect(answer.locator("article")).to_be_focused()
    link.click()
    expect(bob.message("Who is in?").first.locator("article")).to_be_focused()
    bob.page.keyboard.press("Escape")
    expect(answer.locator("article")).to_be_focused()
    expect(bob.page.get_by_role("button", name="Back to the reply")).to_be_hidden()


def _edit(ada: BrowserUser, bob: BrowserUser) -> None:
    ada.composer.press("ArrowUp")
    expect(ada.composer).to_have_value("I am")
    expect(ada.composer).to_have_accessible_description("Edit your message: I am")
    ada.composer.press("Escape")
    ada.composer.fill("a draft")
    _press(ada.message("I am"), "e")
    expect(ada.composer).to_have_value("I am")
    ada.composer.fill("I am, **from ten**")
    ada.composer.press("Enter")
    expect(ada.composer).to_have_value("a draft")
    edited = bob.message("I am, from ten").first
    edited.get_by_role("button", name="edited").click()
    dialog = bob.page.get_by_role("dialog", name="Earlier texts")
    expect(dialog.get_by_role("listitem")).to_have_text([re.compile("^Now · .*I am, from ten$"), re.compile("I am$")])
    expect(dialog.get_by_role("status")).to_have_text("1 earlier text.")  # a screen reader says it: the texts came late
    bob.page.keyboard.press("Escape")
    expect(edited.get_by_role("button", name="edited")).to_be_focused()
    expect(ada.messages.last).not_to_have_attribute("data-state", "pending")
    ada.composer.fill("")


def _react(ada: BrowserUser, bob: BrowserUser) -> None:
    bread = ada.message("Bring bread")
    bread.hover()
    bread.get_by_role("button", name="React with 👍").click()
    expect(ada.composer).to_be_focused()
    chip = bob.message("Bring bread").get_by_role("button", name=re.compile("^👍, "))
    expect(chip).to_have_accessible_name("👍, 1: ada")
    expect(chip).to_have_attribute("aria-pressed", "false")
    bob.composer.press_sequentially("Well")
    chip.click()
    bob.page.keyboard.type(" done")
    expect(bob.composer).to_have_value("Well done")
    bob.composer.fill("")
    expect(chip).to_have_accessible_name("👍, 2: ada, you")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.hover()
    expect(bob.page.locator(".tooltip")).to_have_text("ada, you")
    own = bread.get_by_role("button", name="👍, 2: bob, you")
    own.focus()
    own.press("Enter")
    expect(bread.get_by_role("button", name="👍, 1: bob")).to_be_focused()
    expect(chip).to_have_accessible_name("👍, 1: you")
    _press(bob.message("I am, from ten").first, "+")
    bob.page.get_by_role("combobox", name="Search emoji").fill("party popper")
    expect(bob.page.locator(".emoji-picker [role=option]")).to_have_text(["🎉"])  # the names come from the server
    bob.page.keyboard.press("Enter")
    expect(ada.message("I am, from ten").first.get_by_role("button", name="🎉, 1: bob")).to_be_visible()


def _delete(ada: BrowserUser, bob: BrowserUser) -> None:
    _press(bob.message("I am, from ten").first, "r")
    bob.send("Good")
    expect(ada.message("Good").locator(".reply-link")).to_have_text(re.compile("I am, .*from ten"))
    ada.message("I am, from ten").first.locator("article").focus()
    ada.page.keyboard.press("Delete")
    row = ada.messages.nth(2)
    expect_heard(ada.page, "Message deleted. It can be undone for five seconds.")
    row.get_by_role("button", name="Undo").press("Enter")
    expect(ada.bodies.nth(2)).to_be_visible()
    expect(row.locator("article")).to_be_focused()
    ada.page.keyboard.press("Delete")
    expect(row.get_by_text("Message deleted.")).to_be_visible()
    expect(bob.message("I am, from ten").first).to_be_visible()
    expect(bob.message("I am, from ten").first).to_have_count(0)
    ada.expect_messages("Who is in?", "Bring bread", "Good")
    expect(ada.message("Good").locator("article")).to_be_focused()
    for user in (ada, bob):
        expect(user.message("Good").locator(".message__reply")).to_contain_text("Deleted message")


def test_the_way_back_leads_to_each_reply_that_was_followed(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: the second way back led to what the first reply answers, whose address it had."""
    rooms.say(room, "first", *(f"message {number}" for number in range(30)), "second")
    rooms.answer(room, 2, "to the first")
    rooms.answer(room, 33, "to the second")
    ada = new_user("ada")
    first, second = ada.messages.first, ada.messages.nth(31)
    for answered, reply in ((first, "to the first"), (second, "to the second")):
        ada.message(reply).locator(".reply-link").click()
        expect(answered.locator("article")).to_be_focused()
        expect(answered).to_be_in_viewport()
    ada.page.evaluate("""new Promise((done) => {
      addEventListener("popstate", () => requestAnimationFrame(done), {once: true});
      history.back();
    })""")
    expect(ada.message("to the second").locator("article")).to_be_focused()
    expect(first).not_to_be_in_viewport()
    ada.page.go_forward()
    expect(second.locator("article")).to_be_focused()
    back = ada.page.get_by_role("button", name="Back to the reply")
    back.click()
    expect(ada.message("to the second").locator("article")).to_be_focused()
    back.click()
    expect(ada.message("to the first").locator("article")).to_be_focused()
    expect(back).to_be_hidden()


def test_a_finger_that_rested_on_a_reaction_can_press_it_afterwards(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: after a long press without a click, such as one that ends in a scroll, the next press was lost."""
    rooms.say(room, "Who is in?")
    rooms.amend(room, 2, "reaction", emoji="👍")
    ada = new_user("bob", **PHONE)
    chip = ada.messages.locator(".reaction[data-emoji]")
    box = chip.bounding_box()
    assert box
    finger = ada.page.context.new_cdp_session(ada.page)
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(ada.page.locator(".tooltip")).to_have_text("ada")
    finger.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.tap()
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_what_was_done_offline_is_sent_in_order(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str, monitor: PageMonitor
) -> None:
    monitor.expect(r"net::ERR_", "WebSocket connection to .* failed")
    rooms.say(room, "from the owner")
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("tpyo", "wrong room")
    ada.expect_messages("from the owner", "tpyo", "wrong room")
    server.kill()
    expect(ada.status).to_be_visible()
    ada.message("from the owner").hover()
    ada.message("from the owner").get_by_role("button", name="React with ❤️").click()
    _press(ada.message("tpyo"), "e")
    ada.send("typo", "later")
    _press(ada.message("wrong room"), "Delete")
    expect(ada.message("later")).to_contain_text("Not sent yet")
    expect(ada.message("typo")).to_contain_text("Not sent yet")
    expect(ada.message("from the owner").locator(".reaction[aria-pressed=true]")).to_have_text("❤️1")
    ada.page.goto("about:blank")  # within the five seconds
    server.start()
    ada.page.go_back()
    ada.expect_connected().expect_messages("from the owner", "typo", "later")
    bob.expect_connected().expect_messages("from the owner", "typo", "later")
    expect(bob.messages.first.locator(".reaction[data-emoji]")).to_have_accessible_name("❤️, 1: ada")


def test_a_second_tab_and_a_reader_further_up(new_user: NewUser, rooms: Rooms, server: LiveServer, room: str) -> None:
    rooms.say(room, *[f"message {number}" for number in range(40)])
    ada = new_user("ada")
    tab = BrowserUser(ada.page.context.new_page(), server.url).visit(room).expect_connected()
    last = ada.message("message 39")
    last.hover()
    last.get_by_role("button", name="React with 👍").click()
    expect(tab.message("message 39").get_by_role("button", name="👍, 1: you")).to_have_attribute("aria-pressed", "true")
    assert ada.distance_from_end_px == tab.distance_from_end_px == 0, "the chip does not move the end out of sight"
    _keeps_place(ada, tab)
    _press(ada.message("message 35"), "u")
    for user in (ada, tab):
        expect(user.message("message 35")).to_have_attribute("data-unread", "New")
    ada.scroll_to_start()
    expect(ada.page.locator("#jump-label")).to_have_text("5 new messages")
    tab.page.close()
    ada.page.goto(f"{server.url}/chat/another/")
    expect(ada.page.locator("#rooms a", has_text=room)).to_contain_text("5")


def _keeps_place(ada: BrowserUser, tab: BrowserUser) -> None:
    ada.log.evaluate("log => log.scrollTo({top: -300, behavior: 'instant'})")
    seen = ada.first_visible_message()
    top = top_px(seen)
    for number in (30, 31):
        tab.message(f"message {number}").hover()
        tab.message(f"message {number}").get_by_role("button", name="React with 👍").click()
        expect(ada.message(f"message {number}").get_by_role("button", name="👍, 1: you")).to_be_visible()
    assert top_px(seen) == pytest.approx(top, abs=TOLERANCE_PX)


def test_what_is_written_about_a_message_that_goes_is_kept(new_user: NewUser, server: LiveServer, room: str) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    tab = BrowserUser(ada.page.context.new_page(), server.url).visit(room).expect_connected()
    ada.send("one", "two", "three")
    for user in (ada, tab, bob):
        user.expect_messages("one", "two", "three")
    _press(ada.message("two"), "e")
    ada.composer.fill("two, and more")
    _press(bob.message("two"), "r")
    bob.composer.fill("an answer")
    _press(tab.message("two"), "Delete")
    tab.page.close()  # within the five seconds
    for user, text in ((ada, "two, and more"), (bob, "an answer")):
        expect(user.page.locator(".composer-target")).to_be_hidden()
        expect(user.page.locator(".composer-note")).to_contain_text("The message is gone.")
        expect(user.composer).to_have_value(text)
        expect(user.composer).to_be_focused()
    _react_to_a_deleted_one(ada, bob)


def _react_to_a_deleted_one(ada: BrowserUser, bob: BrowserUser) -> None:
    _press(bob.message("one"), "+")
    expect(bob.page.get_by_role("combobox", name="Search emoji")).to_be_focused()
    _press(ada.message("one"), "Delete")
    ada.page.close()
    expect(bob.message("one")).to_have_count(0)
    bob.page.keyboard.press("Escape")
    expect(bob.message("three").locator("article")).to_be_focused()


def test_up_edits_the_message_that_waits(new_user: NewUser, server: LiveServer, monitor: PageMonitor) -> None:
    monitor.expect(r"net::ERR_", "WebSocket connection to .* failed")
    ada = new_user("ada").send("stored")
    ada.expect_messages("stored")
    server.kill()
    expect(ada.status).to_be_visible()
    for before, after in (("tpyo", "typo"), ("mroe", "more")):
        ada.send(before)
        ada.composer.press("ArrowUp")
        expect(ada.composer).to_have_value(before)
        ada.composer.fill(after)
        if after == "typo":
            ada.composer.press("Enter")
    _keys_on_what_waits(ada)
    server.start()
    ada.expect_connected().expect_messages("stored", "typo", "more")
    ada.composer.press("Enter")
    ada.expect_messages("stored", "typo", "most")


def _keys_on_what_waits(ada: BrowserUser) -> None:
    """Regression: the keys of a message were typed into the composer."""
    ada.composer.press("Enter")
    ada.send("not so")
    expect(ada.bodies).to_have_text(["stored", "typo", "more", "not so"])
    for key in "ru+":
        _press(ada.message("not so"), key)
        expect(ada.message("not so").locator("article")).to_be_focused()
    ada.page.keyboard.press("Delete")
    expect(ada.bodies).to_have_text(["stored", "typo", "more"])
    expect(ada.message("more").locator("article")).to_be_focused()
    ada.page.keyboard.press("e")
    expect(ada.composer).to_have_value("more")
    ada.composer.fill("most")


def _press(message: Locator, key: str) -> None:
    message.locator("article").focus()
    message.page.keyboard.press(key)
