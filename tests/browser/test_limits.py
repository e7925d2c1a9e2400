"""Somebody too fast, one too many, or in a full room: the page waits, says why, and goes on by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Held
from tests.support.live_server import LiveServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """One with limits that a person can reach."""
    env = {
        "CHAT_RATE": "2",
        "CHAT_RATE_BURST": "4",
        "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "2",
        "CHAT_MAX_ROOM_BYTES": "6000",
    }
    with LiveServer(tmp_path / "storage", "serve", env) as server:
        yield server


@pytest.mark.promise
def test_what_was_written_too_fast_is_sent_by_itself_in_order_and_once(
    visitor: Visitor, rooms: Rooms, room: str, held: Held
) -> None:
    ada = visitor("ada")
    texts = [f"message {number}" for number in range(8)]
    ada.say(*texts)
    expect(ada.pending.first).to_be_visible()
    ada.sees(*texts)
    assert rooms.texts(room) == texts
    held("floods")


@pytest.mark.promise
def test_one_too_many_is_told_why_and_comes_in_when_there_is_room(visitor: Visitor, room: str, held: Held) -> None:
    first, second = visitor("ada"), visitor("bob")
    third = visitor()
    third.name_field.fill("cleo")
    third.name_field.press("Enter")
    expect(third.status).to_have_text("Too many people of your network are here. Trying again")
    first.page.close()
    third.is_connected()
    second.say("welcome")
    third.sees("welcome")
    held("refused entries")


@pytest.mark.promise
def test_a_full_room_keeps_the_words_of_whoever_writes_and_shows_why(visitor: Visitor, held: Held) -> None:
    ada = visitor("ada")
    ada.say("fits")
    ada.sees("fits")
    ada.say("x" * 3900, "y" * 3900)
    expect(ada.failed).to_have_count(1)
    expect(ada.failed).to_contain_text("Nothing more can be kept: this room has grown to its limit.")
    expect(ada.failed).to_contain_text("yyy")
    held("batches at a limit")
