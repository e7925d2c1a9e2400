"""Two people, two browsers, one room."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Visitor
from tests.support.browser.browser_user import Person
from tests.support.browser.page_monitor import Faults
from tests.support.browser.paused_server import frozen
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

DATE = re.compile(r"\d{4}")


def test_two_people_talk(visitor: Visitor, rooms: Rooms, room: str) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.say("Good morning, Bob.")
    bob.sees("Good morning, Bob.").say("Good morning, Ada.")
    for person in (ada, bob):
        person.sees("Good morning, Bob.", "Good morning, Ada.")
        expect(person.authors).to_have_text(["ada", "bob"])
    assert rooms.texts(room) == ["Good morning, Bob.", "Good morning, Ada."]


def test_who_is_here_is_listed_and_counted(visitor: Visitor) -> None:
    ada = visitor("ada")
    expect(ada.count).to_have_text("Only you are here")
    bob = visitor("bob")
    for person in (ada, bob):
        expect(person.people).to_have_text(["ada", "bob"])
        expect(person.count).to_have_text("2 people")


def test_a_name_is_asked_for_once(visitor: Visitor) -> None:
    ada = visitor()
    expect(ada.name_field).to_be_visible()
    expect(ada.composer).to_be_hidden()
    ada.join("ada")
    expect(ada.name_field).to_be_hidden()
    ada.reload()
    expect(ada.name_field).to_be_hidden()
    ada.visit("another-room").is_connected()
    expect(ada.name_field).to_be_hidden()
    expect(ada.people).to_have_text(["ada"])


def test_a_name_that_cannot_be_shown_is_refused_with_the_reason(visitor: Visitor, faults: Faults) -> None:
    faults.expect("status of 400")
    ada = visitor()
    ada.name_field.fill("\u2800")
    ada.name_field.press("Enter")
    expect(ada.page.get_by_role("alert").filter(visible=True)).to_contain_text("can be seen")
    ada.join("ada")
    expect(ada.people).to_have_text(["ada"])


def test_a_message_shows_at_once_and_becomes_the_stored_one_in_place(visitor: Visitor, server: LiveServer) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    with frozen(server):
        ada.say("In a moment.")
        expect(ada.pending).to_have_text([re.compile("In a moment")])
        ada.pending.evaluate("item => { item.kept = true; }")
        expect(ada.pending.get_by_role("img", name="Sending")).to_be_visible()
    ada.sees("In a moment.")
    bob.sees("In a moment.")
    assert ada.messages.evaluate("item => item.kept"), "another element took its place"


def test_who_types_is_named_until_the_message_comes(visitor: Visitor) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.composer.press_sequentially("Wait")
    expect(bob.typing).to_have_text("ada is typing…")
    expect(ada.typing).to_have_text("")
    ada.composer.press("Enter")
    bob.sees("Wait")
    expect(bob.typing).to_have_text("")


def test_a_reload_keeps_the_messages_and_the_name(visitor: Visitor, rooms: Rooms, room: str) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.say("one", "two")
    bob.sees("one", "two").say("three")
    ada.sees("one", "two", "three").reload().sees("one", "two", "three")
    expect(ada.page.get_by_role("button", name="change your name")).to_contain_text("ada")
    ada.say("four")
    for person in (ada, bob):
        person.sees("one", "two", "three", "four")
    assert rooms.texts(room) == ["one", "two", "three", "four"]


def test_messages_in_a_row_share_one_heading_and_a_day_begins_with_its_name(visitor: Visitor) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.say("one", "two").sees("one", "two")
    bob.say("three").sees("one", "two", "three")
    expect(bob.page.get_by_role("heading", name="Today")).to_have_count(1)
    continued = bob.messages.evaluate_all("items => items.map((item) => item.hasAttribute('data-continued'))")
    assert continued == [False, True, False]
    expect(bob.messages.first.get_by_role("time")).to_have_attribute("title", DATE)


def test_a_second_tab_is_the_same_person(visitor: Visitor, server: LiveServer, room: str) -> None:
    first = visitor("ada")
    second = Person(first.page.context.new_page(), server.url).visit(room).is_connected()
    first.say("from the first")
    second.sees("from the first").say("from the second")
    for tab in (first, second):
        tab.sees("from the first", "from the second")
        expect(tab.people).to_have_text(["ada"])
        expect(tab.count).to_have_text("Only you are here")


def test_somebody_who_left_is_no_longer_listed(visitor: Visitor) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    expect(ada.people).to_have_text(["ada", "bob"])
    bob.page.close()
    expect(ada.people).to_have_text(["ada"])


def test_a_new_name_shows_for_everybody(visitor: Visitor) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.rename("Countess")
    for person in (ada, bob):
        expect(person.people).to_have_text(["bob", "Countess"])
    ada.say("Under a new name.")
    bob.sees("Under a new name.")
    expect(bob.authors).to_have_text(["Countess"])
    expect(ada.reload().people).to_have_text(["bob", "Countess"])


def test_two_people_never_show_the_same_name(visitor: Visitor) -> None:
    first, second = visitor("ada"), visitor("ada")
    for person in (first, second):
        expect(person.people).to_have_text(["ada", "ada-2"])
    expect(second.page.get_by_role("button", name="change your name")).to_contain_text("ada-2")
    second.say("I am the second.")
    expect(first.authors).to_have_text(["ada-2"])


def test_a_room_made_by_name_is_entered_and_listed(visitor: Visitor, open_page: OpenPage, server: LiveServer) -> None:
    ada = visitor("ada")
    ada.page.get_by_text("New room").click()
    ada.page.get_by_label("Name of the room").fill("Büro Köln")
    ada.page.get_by_role("button", name="Make").click()
    ada.page.wait_for_url(f"{server.url}/chat/buro-koln/")
    ada.is_connected()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Büro Köln")
    bob = Person(open_page(), server.url).visit("lobby")
    bob.page.get_by_role("link", name="Büro Köln").click()
    bob.page.wait_for_url(f"{server.url}/chat/buro-koln/")


def test_a_room_with_news_has_a_dot(visitor: Visitor, server: LiveServer, room: str, rooms: Rooms) -> None:
    rooms.say("a-quiet-place", "before")
    ada = visitor("ada").visit("a-quiet-place").is_connected()
    ada.visit(room).is_connected()
    link = ada.page.get_by_role("link", name="a-quiet-place")
    expect(link).to_be_visible()
    expect(link.get_by_text("new messages")).to_be_hidden()
    visitor("bob").visit("a-quiet-place").is_connected().say("after").sees("before", "after")
    ada.reload()
    expect(ada.page.get_by_role("link", name="a-quiet-place").get_by_text("new messages")).to_be_visible()
