"""Lost servers and networks: no message is lost or stored twice, and the page shows the state of the connection."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import NewUser
from tests.support.browser.amended_states import edit
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer
from tests.support.servers.paused_server import paused

RECONNECTING = re.compile("No connection since")
# Chromium logs these when the server does not answer, or stops in the middle of a response.
CONNECTION_ERRORS = (r"net::ERR_(CONNECTION|EMPTY|INTERNET|SOCKET|INCOMPLETE)", "WebSocket connection to .* failed")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server for one test, which kills it."""
    with LiveServer(tmp_path / "storage") as server:
        yield server


@pytest.fixture(autouse=True)
def _expect_connection_errors(monitor: PageMonitor) -> None:
    monitor.expect(*CONNECTION_ERRORS)


def file_of(server: LiveServer, room: str) -> Path:
    return server.storage / f"{room}.json"


def test_a_killed_server_neither_loses_nor_duplicates_messages(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("before")
    bob.expect_messages("before")
    server.kill()
    for user in (ada, bob):
        expect(user.status).to_have_text(RECONNECTING)
    ada.send("ada 1", "ada 2", "ada 3")
    bob.send("bob 1", "bob 2")
    expect(ada.pending).to_have_count(3)
    expect(bob.pending).to_have_count(2)
    server.start()
    for user in (ada, bob):
        user.expect_connected()
        expect(user.messages).to_have_count(6)
    stored = rooms.texts(room)
    assert [text for text in stored if text.startswith("ada")] == ["ada 1", "ada 2", "ada 3"]
    assert [text for text in stored if text.startswith("bob")] == ["bob 1", "bob 2"]
    assert len(stored) == 6
    for user in (ada, bob):
        user.expect_messages(*stored)
        user.reload().expect_messages(*stored)


def test_a_message_in_flight_when_the_server_dies_is_stored_once(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    for number in range(3):
        ada.send(f"{number} a", f"{number} b")
        server.kill()
        server.start()
        for user in (ada, bob):
            user.expect_connected()
    wanted = [f"{number} {letter}" for number in range(3) for letter in "ab"]
    for user in (ada, bob):
        user.expect_messages(*wanted)
    assert rooms.texts(room) == wanted


def test_messages_of_others_during_the_outage_are_shown_afterwards(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = new_user("ada")
    ada.send("before").expect_messages("before")
    server.kill()
    rooms.say(room, "meanwhile 1", "meanwhile 2")
    server.start()
    ada.expect_messages("before", "meanwhile 1", "meanwhile 2").expect_connected()


def test_all_users_reconnect_after_a_graceful_restart(new_user: NewUser, server: LiveServer) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("before")
    bob.expect_messages("before")
    assert server.terminate() == 0
    server.start()
    for user, people in ((ada, ["ada", "bob"]), (bob, ["bob", "ada"])):
        expect(user.members).to_have_text(people)
    bob.send("after")
    for user in (ada, bob):
        user.expect_messages("before", "after")


def test_the_user_can_reconnect_immediately(new_user: NewUser, server: LiveServer) -> None:
    ada = new_user("ada")
    ada.page.clock.install()
    ada.reload()
    server.kill()
    expect(ada.page.locator("html[data-connection=connected]")).to_have_count(0)
    now = datetime.fromtimestamp(ada.page.evaluate("Date.now()") / 1000, UTC)
    ada.page.clock.pause_at(now + timedelta(minutes=2))  # from here on it does not try by itself
    try_now = ada.page.get_by_role("button", name="Try now")
    expect(try_now).to_be_visible()
    server.start()
    try_now.click()
    ada.page.clock.resume()
    ada.expect_connected()
    expect(try_now).to_be_hidden()


def test_messages_written_offline_are_sent_in_order_afterwards(new_user: NewUser, rooms: Rooms, room: str) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.page.clock.install()
    ada.reload()
    ada.page.context.set_offline(True)
    ada.send("one", "two", "three")
    expect(ada.pending).to_have_count(3)
    ada.page.clock.fast_forward("00:15")  # the ping times out
    expect(ada.status).to_have_text(re.compile("You are offline since"))
    bob.send("meanwhile")
    ada.page.context.set_offline(False)
    ada.expect_connected()
    expect(ada.messages).to_have_count(4)
    expect(ada.pending).to_have_count(0)
    assert rooms.texts(room) == ["meanwhile", "one", "two", "three"]
    for user in (ada, bob):
        user.expect_messages("meanwhile", "one", "two", "three")


def test_a_server_that_does_not_answer_is_detected(new_user: NewUser, server: LiveServer) -> None:
    ada = new_user("ada")
    ada.page.clock.install()
    ada.reload()
    with paused(server):
        ada.page.clock.fast_forward("00:26")
        ada.page.clock.fast_forward("00:11")
        ada.page.clock.run_for(2000)
        expect(ada.status).to_have_text(RECONNECTING)
    ada.expect_connected()


def test_pending_messages_survive_a_reload_without_a_server(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = new_user("ada")
    server.kill()
    ada.send("unsent 1", "unsent 2")
    expect(ada.pending).to_have_count(2)
    ada.reload_without_server()
    server.start()
    ada.visit(room).expect_connected().expect_messages("unsent 1", "unsent 2")
    assert rooms.texts(room) == ["unsent 1", "unsent 2"]


def refuse_long_messages(server: LiveServer, ada: BrowserUser, text: str) -> None:
    """Lower the message limit of the server. Ada's page does not know the new limit when it sends the message."""
    server.kill()
    ada.send(text)
    expect(ada.pending).to_have_count(1)
    shorter = LiveServer(server.storage, env={"CHAT_MAX_MESSAGE": "20"}, port=server.port)
    shorter.start()
    server.process = shorter.process  # so that the fixture stops the new process
    expect(ada.failed).to_have_count(1)


def test_a_refused_message_shows_the_reason_and_can_be_edited(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = new_user("ada")
    refuse_long_messages(server, ada, "far more than twenty characters")
    expect(ada.failed).to_contain_text(re.compile(r"Not sent\. .*20"))
    ada.composer.fill("begun meanwhile")
    ada.page.get_by_role("button", name="Edit & retry").click()
    expect(ada.messages).to_have_count(0)
    expect(ada.composer).to_have_value("far more than twenty characters\nbegun meanwhile")
    expect(ada.composer).to_be_focused()
    ada.send("shorter").expect_messages("shorter")
    assert rooms.texts(room) == ["shorter"]


def test_a_refused_message_survives_a_reload_and_can_be_discarded(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = new_user("ada")
    refuse_long_messages(server, ada, "far more than twenty characters")
    ada.send("fits").reload()
    expect(ada.failed).to_have_count(1)
    ada.page.get_by_role("button", name="Discard").click()
    ada.expect_messages("fits").reload().expect_messages("fits")
    assert rooms.texts(room) == ["fits"]


def test_a_damaged_room_is_readable_and_shows_why_messages_are_refused(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    rooms.say(room, "one", "two", "three")
    ada = new_user("ada")
    server.kill()
    rooms.damage(room, 3)
    damaged = file_of(server, room).read_bytes()
    server.start()
    ada.expect_connected().send("four")
    expect(ada.failed).to_contain_text(re.compile("Not sent. .*line 4"))
    assert file_of(server, room).read_bytes() == damaged
    ada.visit("another-room").expect_connected().send("goes on").expect_messages("goes on")


def test_a_room_restored_from_a_backup_replaces_what_the_page_showed(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada = new_user("ada")
    ada.send("kept").expect_messages("kept")
    backup = file_of(server, room).read_bytes()
    ada.send("lost with the disk").expect_messages("kept", "lost with the disk")
    server.kill()
    file_of(server, room).write_bytes(backup)
    server.start()
    ada.expect_connected().expect_messages("kept").send("new").expect_messages("kept", "new")
    assert rooms.texts(room) == ["kept", "new"]


def test_a_lost_edit_is_a_gap_and_the_page_resumes_in_front_of_it(new_user: NewUser, room: str) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    connections: list[WebSocketRoute] = []
    lost: list[str | bytes] = []

    def deliver(message: str | bytes) -> None:
        if not lost and '"type":"edit"' in str(message):
            lost.append(message)
        else:
            connections[-1].send(message)

    def route(socket: WebSocketRoute) -> None:
        connections.append(socket)
        socket.connect_to_server().on_message(deliver)

    ada.page.route_web_socket(re.compile("/ws/"), route)
    ada.reload()
    ada.expect_connected()
    bob.send("first")
    ada.expect_messages("first")
    edit(bob.page, "first, better")
    bob.send("second")
    ada.expect_messages("first, better", "second")
    assert (len(lost), len(connections)) == (1, 2)
