"""What the owner does with a command shows on the pages that are open."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.support.browser.browser_user import Person
from tests.support.browser.owner_commands import manage
from tests.support.core.command_rooms import Rooms


@pytest.fixture
def people(visitor: Visitor) -> list[Person]:
    """Two people who have talked."""
    ada, bob = visitor("ada"), visitor("bob")
    ada.say("one")
    bob.sees("one").say("two")
    ada.sees("one", "two")
    return [ada, bob]


def test_a_cleared_room_is_empty_on_every_page(people: list[Person], rooms: Rooms, room: str) -> None:
    manage(rooms, "clear_history", "--room", room, "--noinput")
    for person in people:
        expect(person.messages).to_have_count(0)
        expect(person.page.get_by_text("Nothing said here yet.")).to_be_visible()
    people[0].say("a new beginning")
    for person in people:
        person.sees("a new beginning").reload().sees("a new beginning")


def test_a_posted_message_appears_on_every_page(people: list[Person], rooms: Rooms, room: str) -> None:
    manage(rooms, "post_message", "The **backup** is done.", "--room", room, "--as", "backup")
    for person in people:
        person.sees("one", "two", "The backup is done.")
        expect(person.authors.last).to_have_text("backup")
        expect(person.bodies.last.locator("strong")).to_have_text("backup")


def test_an_import_appears_on_every_page(people: list[Person], rooms: Rooms, room: str) -> None:
    file = rooms.folder.with_name("imported.jsonl")
    file.write_text(
        '{"author":"a9","username":"eve","message":"from elsewhere","timestamp":"2026-01-01T12:00:00.000Z"}\n'
    )
    manage(rooms, "import_history", str(file), "--room", room)
    for person in people:
        person.sees("one", "two", "from elsewhere")
