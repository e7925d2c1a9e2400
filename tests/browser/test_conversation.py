"""Two users in one room, each with a browser."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer
from tests.support.servers.paused_server import paused

DATE = re.compile(r"\d{4}")


def test_two_users_exchange_messages(new_user: NewUser, rooms: Rooms, room: str) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("Good morning, Bob.")
    bob.expect_messages("Good morning, Bob.").send("Good morning, Ada.")
    for user in (ada, bob):
        user.expect_messages("Good morning, Bob.", "Good morning, Ada.")
        expect(user.authors).to_have_text(["ada", "bob"])
    assert rooms.texts(room) == ["Good morning, Bob.", "Good morning, Ada."]


def test_members_are_listed_and_counted(new_user: NewUser) -> None:
    ada = new_user("ada")
    expect(ada.member_count).to_have_text("1")
    bob = new_user("bob")
    for user, people in ((ada, ["ada", "bob"]), (bob, ["bob", "ada"])):  # oneself first
        expect(user.members).to_have_text(people)
        expect(user.member_count).to_have_text("2")


def test_a_user_enters_a_name_only_once(new_user: NewUser) -> None:
    ada = new_user()
    expect(ada.name_field).to_be_visible()
    expect(ada.composer).to_be_hidden()
    ada.join("ada")
    expect(ada.name_field).to_be_hidden()
    ada.reload()
    expect(ada.name_field).to_be_hidden()
    ada.visit("another-room").expect_connected()
    expect(ada.name_field).to_be_hidden()
    expect(ada.members).to_have_text(["ada"])


def test_an_invisible_name_is_refused_with_the_reason(new_user: NewUser, monitor: PageMonitor) -> None:
    monitor.expect("status of 400")
    ada = new_user()
    ada.name_field.fill("\u2800")
    ada.name_field.press("Enter")
    expect(ada.page.get_by_role("alert").filter(visible=True)).to_contain_text("can be seen")
    ada.join("ada")
    expect(ada.members).to_have_text(["ada"])


def test_a_message_is_shown_immediately_and_updated_in_place_when_stored(new_user: NewUser, server: LiveServer) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    with paused(server):
        ada.send("In a moment.")
        expect(ada.pending).to_have_text([re.compile("In a moment")])
        ada.pending.evaluate("item => { item.kept = true; }")
        expect(ada.pending.get_by_role("img", name="Sending")).to_be_visible()
    ada.expect_messages("In a moment.")
    bob.expect_messages("In a moment.")
    assert ada.messages.evaluate("item => item.kept"), "the element was replaced"


def test_a_typing_member_is_named_until_the_message_arrives(new_user: NewUser) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.composer.press_sequentially("Wait")
    expect(bob.typing).to_have_text("ada is typing…")
    expect(ada.typing).to_have_text("")
    ada.composer.press("Enter")
    bob.expect_messages("Wait")
    expect(bob.typing).to_have_text("")


def test_a_reload_keeps_the_messages_and_the_name(new_user: NewUser, rooms: Rooms, room: str) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("one", "two")
    bob.expect_messages("one", "two").send("three")
    ada.expect_messages("one", "two", "three").reload().expect_messages("one", "two", "three")
    expect(ada.page.get_by_role("button", name="change your name")).to_contain_text("ada")
    ada.send("four")
    for user in (ada, bob):
        user.expect_messages("one", "two", "three", "four")
    assert rooms.texts(room) == ["one", "two", "three", "four"]


def test_consecutive_messages_share_a_heading_and_each_day_has_one(new_user: NewUser) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("one", "two").expect_messages("one", "two")
    bob.send("three").expect_messages("one", "two", "three")
    expect(bob.page.get_by_role("heading", name="Today")).to_have_count(1)
    continued = bob.messages.evaluate_all("items => items.map((item) => item.hasAttribute('data-continued'))")
    assert continued == [False, True, False]
    bob.messages.first.get_by_role("time").hover()
    expect(bob.messages.first.get_by_role("time")).to_have_attribute("title", DATE)


def test_a_second_tab_is_the_same_user(new_user: NewUser, server: LiveServer, room: str) -> None:
    first = new_user("ada")
    second = BrowserUser(first.page.context.new_page(), server.url).visit(room).expect_connected()
    first.send("from the first")
    second.expect_messages("from the first").send("from the second")
    for tab in (first, second):
        tab.expect_messages("from the first", "from the second")
        expect(tab.members).to_have_text(["ada"])
        expect(tab.member_count).to_have_text("1")


def test_a_member_who_left_is_not_listed(new_user: NewUser) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    expect(ada.members).to_have_text(["ada", "bob"])
    bob.page.close()
    expect(ada.members).to_have_text(["ada"])


def test_a_new_name_is_shown_to_all_users(new_user: NewUser) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.rename("Countess")
    for user, people in ((ada, ["Countess", "bob"]), (bob, ["bob", "Countess"])):
        expect(user.members).to_have_text(people)
    ada.send("Under a new name.")
    bob.expect_messages("Under a new name.")
    expect(bob.authors).to_have_text(["Countess"])
    expect(ada.reload().members).to_have_text(["Countess", "bob"])


def test_two_users_never_have_the_same_name(new_user: NewUser) -> None:
    first, second = new_user("ada"), new_user("ada")
    for user, people in ((first, ["ada", "ada-2"]), (second, ["ada-2", "ada"])):
        expect(user.members).to_have_text(people)
    expect(second.page.get_by_role("button", name="change your name")).to_contain_text("ada-2")
    second.send("I am the second.")
    expect(first.authors).to_have_text(["ada-2"])


def test_a_user_whose_name_is_taken_is_told_so_until_they_go_on(new_user: NewUser) -> None:
    """Regression: the second ada was ada-2 without a word. Renamed to a taken name, she saw it as hers."""
    first, second = new_user("ada"), new_user("ada")
    notice = second.page.locator("#name-notice")
    expect(notice).to_have_text("ada is taken here; you are ada-2")
    expect(first.page.locator("#name-notice")).to_be_empty()
    second.send("I am the second.")
    first.expect_messages("I am the second.")
    expect(notice).to_be_empty()
    second.rename("ADA")
    expect(notice).to_have_text("ADA is taken here; you are ADA-2")
    expect(second.page.get_by_role("button", name="change your name")).to_contain_text("ADA-2")
    second.rename("bea")
    expect(notice).to_be_empty()


def test_a_rename_to_a_taken_name_shows_the_name_that_one_has(new_user: NewUser) -> None:
    """Regression: ada-2 asked for ada again and stayed ada-2, and her page showed ada for ever."""
    _, second = new_user("ada"), new_user("ada")
    button = second.page.get_by_role("button", name="change your name")
    expect(button).to_contain_text("ada-2")
    second.rename("ada")
    second.send("after the answer")
    second.expect_messages("after the answer")
    expect(button).to_contain_text("ada-2")


def test_a_new_room_opens_and_is_listed(new_user: NewUser, open_page: OpenPage, server: LiveServer) -> None:
    ada = new_user("ada")
    ada.page.locator(".new-room > summary").click()
    ada.page.get_by_label("Name of the room").fill("Büro Köln")
    ada.page.get_by_role("button", name="Create").click()
    ada.page.wait_for_url(f"{server.url}/chat/buro-koln/")
    ada.expect_connected()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Büro Köln")
    bob = BrowserUser(open_page(), server.url).visit("lobby")
    bob.page.get_by_role("link", name="Büro Köln").click()
    bob.page.wait_for_url(f"{server.url}/chat/buro-koln/")


def test_a_later_visit_shows_what_is_unread(new_user: NewUser, server: LiveServer, room: str, rooms: Rooms) -> None:
    rooms.say("a-quiet-place", "before")
    ada = new_user("ada").visit("a-quiet-place").expect_connected()
    ada.visit(room).expect_connected()
    link = ada.page.get_by_role("link", name="a-quiet-place")
    expect(link).to_be_visible()
    new_user("bob").visit("a-quiet-place").expect_connected().send("after").expect_messages("before", "after")
    ada.reload()
    expect(ada.page.get_by_role("link", name="a-quiet-place")).to_have_accessible_name(re.compile("1 unread message"))
