"""Servers and networks that go away: nothing is lost, nothing comes twice, and the page says what is going on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import Visitor
from tests.support.browser.browser_user import Person
from tests.support.browser.page_monitor import Faults
from tests.support.browser.paused_server import frozen
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

GONE = re.compile("Reconnecting|Connecting…")
# What Chromium itself writes when nobody answers, also half-way through an answer.
NOBODY_THERE = (r"net::ERR_(CONNECTION|EMPTY|INTERNET|SOCKET|INCOMPLETE)", "WebSocket connection to .* failed")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """One of the test's own: it will not live long."""
    with LiveServer(tmp_path / "storage") as server:
        yield server


@pytest.fixture(autouse=True)
def dead_servers_are_expected(faults: Faults) -> None:
    faults.expect(*NOBODY_THERE)


def file_of(server: LiveServer, room: str) -> Path:
    return server.storage / f"{room}.json"


def test_a_killed_server_loses_nothing_and_doubles_nothing(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.say("before")
    bob.sees("before")
    server.kill()
    for person in (ada, bob):
        expect(person.status).to_have_text(GONE)
    ada.say("ada 1", "ada 2", "ada 3")
    bob.say("bob 1", "bob 2")
    expect(ada.pending).to_have_count(3)
    expect(bob.pending).to_have_count(2)
    server.start()
    for person in (ada, bob):
        person.is_connected()
        expect(person.messages).to_have_count(6)
    stored = rooms.texts(room)
    assert [text for text in stored if text.startswith("ada")] == ["ada 1", "ada 2", "ada 3"]
    assert [text for text in stored if text.startswith("bob")] == ["bob 1", "bob 2"]
    assert len(stored) == 6
    for person in (ada, bob):
        person.sees(*stored)
        person.reload().sees(*stored)


def test_a_message_that_was_under_way_when_the_server_died_arrives_once(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    for number in range(3):
        ada.say(f"{number} a", f"{number} b")
        server.kill()
        server.start()
        for person in (ada, bob):
            person.is_connected()
    wanted = [f"{number} {letter}" for number in range(3) for letter in "ab"]
    for person in (ada, bob):
        person.sees(*wanted)
    assert rooms.texts(room) == wanted


def test_what_others_said_meanwhile_is_there_afterwards(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = visitor("ada")
    ada.say("before").sees("before")
    server.kill()
    rooms.say(room, "meanwhile 1", "meanwhile 2")
    server.start()
    ada.sees("before", "meanwhile 1", "meanwhile 2").is_connected()


def test_a_stop_for_an_upgrade_brings_everybody_back(visitor: Visitor, server: LiveServer) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.say("before")
    bob.sees("before")
    assert server.terminate() == 0
    server.start()
    for person in (ada, bob):
        expect(person.people).to_have_text(["ada", "bob"])
    bob.say("after")
    for person in (ada, bob):
        person.sees("before", "after")


def test_trying_again_can_be_asked_for(visitor: Visitor, server: LiveServer) -> None:
    ada = visitor("ada")
    ada.page.clock.install()
    ada.reload()
    server.kill()
    expect(ada.page.locator("#status")).not_to_have_attribute("data-state", "connected")
    ada.page.clock.fast_forward("02:00")
    try_now = ada.page.get_by_role("button", name="Try now")
    expect(try_now).to_be_visible()
    server.start()
    try_now.click()
    ada.is_connected()
    expect(try_now).to_be_hidden()


def test_without_a_network_words_wait_and_then_arrive_in_order(visitor: Visitor, rooms: Rooms, room: str) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.page.clock.install()
    ada.reload()
    ada.page.context.set_offline(True)
    ada.say("one", "two", "three")
    expect(ada.pending).to_have_count(3)
    ada.page.clock.fast_forward("00:15")  # no answer to a ping for that long
    expect(ada.status).to_have_text("Offline. What you write is kept.")
    bob.say("meanwhile")
    ada.page.context.set_offline(False)
    ada.is_connected()
    expect(ada.messages).to_have_count(4)
    expect(ada.pending).to_have_count(0)
    assert rooms.texts(room) == ["meanwhile", "one", "two", "three"]
    for person in (ada, bob):
        person.sees("meanwhile", "one", "two", "three")


def test_a_server_that_answers_no_longer_is_noticed(visitor: Visitor, server: LiveServer) -> None:
    ada = visitor("ada")
    ada.page.clock.install()
    ada.reload()
    with frozen(server):
        ada.page.clock.fast_forward("00:26")
        ada.page.clock.fast_forward("00:11")
        ada.page.clock.run_for(2000)
        expect(ada.status).to_have_text(GONE)
    ada.is_connected()


def test_words_on_their_way_survive_a_reload_without_a_server(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = visitor("ada")
    server.kill()
    ada.say("unsent 1", "unsent 2")
    expect(ada.pending).to_have_count(2)
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        ada.page.reload()
    server.start()
    ada.visit(room).is_connected().sees("unsent 1", "unsent 2")
    assert rooms.texts(room) == ["unsent 1", "unsent 2"]


def refuse_long_messages(server: LiveServer, ada: Person, text: str) -> None:
    """The owner allows fewer characters from now on, and ada's page does not know it yet."""
    server.kill()
    ada.say(text)
    expect(ada.pending).to_have_count(1)
    shorter = LiveServer(server.storage, env={"CHAT_MAX_MESSAGE": "20"}, port=server.port)
    shorter.start()
    server.process = shorter.process  # one address, one process to end
    expect(ada.failed).to_have_count(1)


def test_a_refused_message_says_why_and_its_words_can_be_mended(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = visitor("ada")
    refuse_long_messages(server, ada, "far more than twenty characters")
    expect(ada.failed).to_contain_text(re.compile(r"Not sent\. .*20"))
    ada.composer.fill("begun meanwhile")
    ada.page.get_by_role("button", name="Edit & retry").click()
    expect(ada.messages).to_have_count(0)
    expect(ada.composer).to_have_value("far more than twenty characters\nbegun meanwhile")
    expect(ada.composer).to_be_focused()
    ada.say("shorter").sees("shorter")
    assert rooms.texts(room) == ["shorter"]


def test_a_refused_message_survives_a_reload_and_can_be_discarded(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = visitor("ada")
    refuse_long_messages(server, ada, "far more than twenty characters")
    ada.say("fits").reload()
    expect(ada.failed).to_have_count(1)
    ada.page.get_by_role("button", name="Discard").click()
    ada.sees("fits").reload().sees("fits")
    assert rooms.texts(room) == ["fits"]


def test_a_damaged_room_can_be_read_and_says_why_nothing_can_be_written(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    rooms.say(room, "one", "two", "three")
    ada = visitor("ada")
    server.kill()
    rooms.damage(room, 3)
    damaged = file_of(server, room).read_bytes()
    server.start()
    ada.is_connected().say("four")
    expect(ada.failed).to_contain_text(re.compile("Not sent. .*line 4"))
    assert file_of(server, room).read_bytes() == damaged
    ada.visit("another-room").is_connected().say("goes on").sees("goes on")


def test_a_room_that_came_back_from_a_backup_is_shown_as_it_is_now(
    visitor: Visitor, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = visitor("ada")
    ada.say("kept").sees("kept")
    backup = file_of(server, room).read_bytes()
    ada.say("lost with the disk").sees("kept", "lost with the disk")
    server.kill()
    file_of(server, room).write_bytes(backup)
    server.start()
    ada.is_connected().sees("kept").say("new").sees("kept", "new")
    assert rooms.texts(room) == ["kept", "new"]
