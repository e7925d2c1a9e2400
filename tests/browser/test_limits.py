"""Rate limits, connection limits and full rooms: the page waits, shows the reason, and continues automatically."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Tally
from tests.support.live_server import LiveServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server with limits that a test can reach."""
    env = {
        "CHAT_RATE": "2",
        "CHAT_RATE_BURST": "4",
        "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "2",
        "CHAT_MAX_ROOM_BYTES": "6000",
    }
    with LiveServer(tmp_path / "storage", "serve", env) as server:
        yield server


@pytest.mark.promise
def test_messages_above_the_rate_limit_are_sent_later_in_order_and_once(
    new_user: NewUser, rooms: Rooms, room: str, tally: Tally
) -> None:
    ada = new_user("ada")
    texts = [f"message {number}" for number in range(8)]
    ada.send(*texts)
    expect(ada.pending.first).to_be_visible()
    ada.expect_messages(*texts)
    assert rooms.texts(room) == texts
    tally("floods")


@pytest.mark.promise
def test_a_connection_above_the_limit_shows_the_reason_and_joins_later(
    new_user: NewUser, room: str, tally: Tally
) -> None:
    first, second = new_user("ada"), new_user("bob")
    third = new_user()
    third.name_field.fill("cleo")
    third.name_field.press("Enter")
    expect(third.status).to_have_text(re.compile("^Too many people of your network are here. Next try in"))
    first.page.close()
    third.expect_connected()
    second.send("welcome")
    third.expect_messages("welcome")
    tally("refused entries")


@pytest.mark.promise
def test_a_full_room_keeps_unsent_text_and_shows_the_reason(new_user: NewUser, tally: Tally) -> None:
    ada = new_user("ada")
    ada.send("fits")
    ada.expect_messages("fits")
    ada.send("x" * 3900, "y" * 3900)
    expect(ada.failed).to_have_count(1)
    expect(ada.failed).to_contain_text("Nothing more can be kept: this room has grown to its limit.")
    expect(ada.failed).to_contain_text("yyy")
    tally("batches at a limit")
