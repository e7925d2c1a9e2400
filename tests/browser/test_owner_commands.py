"""Open pages show the effects of the owner's management commands."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.owner_commands import run_command
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms


@pytest.fixture
def users(new_user: NewUser) -> list[BrowserUser]:
    """Two users who have exchanged messages."""
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("one")
    bob.expect_messages("one").send("two")
    ada.expect_messages("one", "two")
    return [ada, bob]


def test_a_cleared_room_is_empty_on_every_page_and_an_answer_ends_with_its_history(
    users: list[BrowserUser], rooms: Rooms, room: str, monitor: PageMonitor
) -> None:
    monitor.expect("net::ERR_INTERNET_DISCONNECTED")
    for user in users:
        expect(user.page.get_by_title("Go to a date")).to_be_visible()  # the room was empty when it was opened
    page = users[0].page
    users[0].message("two").locator("article").press("+")
    expect(page.get_by_role("combobox", name="Search emoji")).to_be_focused()
    run_command(rooms, "clear_history", "--room", room, "--noinput")
    expect(users[0].messages).to_have_count(0)
    page.keyboard.press("Escape")
    expect(users[0].composer).to_be_focused()
    expect(page.get_by_title("Go to a date")).to_be_hidden()
    for user in users:
        expect(user.messages).to_have_count(0)
        expect(user.page.get_by_text("Nothing said here yet.")).to_be_visible()
    users[0].send("a new beginning")
    for user in users:
        user.expect_messages("a new beginning").reload().expect_messages("a new beginning")
    users[0].message("a new beginning").locator("article").press("r")
    users[0].composer.fill("an answer")
    page.context.set_offline(True)
    expect(users[0].status).to_contain_text("You are offline since")
    rooms.path(room).unlink()  # another history, in which the same id is another message
    rooms.say(room, *map(str, range(9)))
    page.context.set_offline(False)
    users[0].expect_connected().expect_messages(*map(str, range(9)))
    expect(users[0].composer).to_have_value("an answer")
    expect(users[0].composer).to_have_accessible_description("")


def test_a_posted_message_appears_on_every_page(users: list[BrowserUser], rooms: Rooms, room: str) -> None:
    run_command(rooms, "post_message", "The **backup** is done.", "--room", room, "--as", "backup")
    for user in users:
        user.expect_messages("one", "two", "The backup is done.")
        expect(user.authors.last).to_have_text("backup")
        expect(user.bodies.last.locator("strong")).to_have_text("backup")
        marks = user.messages.locator(".message__origin")
        expect(marks.first).to_be_hidden()
        expect(marks.last).to_be_visible()
        user.reload()
        expect(marks.last).to_be_visible()


def test_an_import_appears_on_every_page(users: list[BrowserUser], rooms: Rooms, room: str) -> None:
    file = rooms.folder.with_name("imported.jsonl")
    file.write_text(
        '{"author":"a9","username":"eve","message":"from elsewhere","timestamp":"2026-01-01T12:00:00.000Z"}\n'
    )
    run_command(rooms, "import_history", str(file), "--room", room)
    for user in users:
        user.expect_messages("one", "two", "from elsewhere")
