"""One table per thing: invented rows are followed through the server; a row that is missing on one side is found."""

import importlib.util
import json
import re
from datetime import timedelta

import msgspec
import pytest
from django.conf import settings

from chat import consumers
from chat.consumers import ChatConsumer, Handler
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.storage import Draft, Record
from chat.storage.records import RECORD_TYPES, record_from_draft
from chat.views.rows import SAME_HEADING_WITHIN
from chat.wire import commands, events, protocol
from chat.wire.commands import Command, CommandDecoder
from chat.wire.protocol import ServerFrame, StoredEvent
from tests.support.core.asgi_clients import WebSocketClient
from tests.support.core.checked_connection import CheckedConnection
from tests.support.core.reference_decoder import COMMAND_TYPES
from tests.support.core.wire_frames import SIDES, examples, frame_classes, frame_types


class Wave(Command, frozen=True, tag="wave"):
    """An invented command, which is answered with `WaveEvent`."""

    times: int


class WaveEvent(ServerFrame, frozen=True, kw_only=True, tag="wave"):
    """An invented event that is not stored."""

    times: int


class PollEvent(StoredEvent, frozen=True, kw_only=True, tag="poll"):
    """An invented stored event."""

    message: str


def wave(consumer: ChatConsumer, room: Room, connection: Connection, command: Wave) -> None:
    connection.send(WaveEvent(times=command.times))


def no_more_than_three(command: Wave, max_message: int) -> Command:
    return msgspec.structs.replace(command, times=min(command.times, 3))


def poll(record: Record) -> StoredEvent | None:
    return (
        None if record.message is None else PollEvent(id=record.id, timestamp=record.timestamp, message=record.message)
    )


async def test_a_command_is_a_row_in_two_tables(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**commands.COMMANDS, Wave: no_more_than_three}
    monkeypatch.setattr(commands, "decode", CommandDecoder(known).decode)
    monkeypatch.setitem(consumers.HANDLERS, Wave, Handler(wave))
    async with WebSocketClient(hub) as ada:
        await ada.send(type="wave", times=5)
        assert await ada.receive("wave") == {"type": "wave", "times": 3}
        await ada.send(type="wave", times="often")
        assert (await ada.receive("error"))["code"] == "invalid_field"


async def test_an_action_counts_against_the_rate_of_messages(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "decode", CommandDecoder({**commands.COMMANDS, Wave: no_more_than_three}).decode)
    monkeypatch.setitem(consumers.HANDLERS, Wave, Handler(wave))
    async with WebSocketClient(hub) as ada:
        for _ in range(hub.conf.rate_burst + 1):
            await ada.send(type="wave", times=1)
        assert (await ada.receive("error"))["code"] == "rate_limited"


@pytest.mark.parametrize("table", ["COMMANDS", "HANDLERS"])
def test_a_command_with_a_row_in_one_table_alone_fails_at_import(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if table == "COMMANDS":
        monkeypatch.setitem(commands.COMMANDS, Wave, no_more_than_three)
    else:
        monkeypatch.delitem(commands.COMMANDS, commands.Ping)
    spec = importlib.util.spec_from_file_location("consumers_again", str(consumers.__file__))
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ImportError, match="Wave" if table == "COMMANDS" else "Ping"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def test_every_command_of_the_protocol_has_a_row() -> None:
    assert commands.COMMANDS.keys() == frame_classes(Command)


@pytest.mark.parametrize("direction", SIDES)
def test_the_fixture_has_an_example_of_every_frame(direction: str) -> None:
    """Other tests compare the fixture with docs/protocol.md, and with the frames that the browser sends and parses."""
    assert {frame["type"] for frame in examples(direction).values()} == frame_types(SIDES[direction])


def test_the_reference_decoder_knows_every_command() -> None:
    assert set(COMMAND_TYPES) == frame_types(Command)


def test_the_simulation_checks_every_frame_of_the_server() -> None:
    assert [kind for kind in frame_types(ServerFrame) if not hasattr(CheckedConnection, f"_check_{kind}")] == []


def test_a_record_holds_every_field_of_its_draft() -> None:
    values = {field: f"the {field}" for field in Draft.__struct_fields__ if field != "id"}  # the log assigns the id
    record = record_from_draft(Draft(**values), record_id=8, batch_id=8, timestamp="now")
    assert {field: getattr(record, field) for field in values} == values


def test_a_stored_event_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record(id=7, type="poll", timestamp="t", message="tea or coffee?")
    assert protocol.to_builtins(events.event_from_record(record))["type"] == "unknown"
    monkeypatch.setitem(events.STORED_EVENTS, "poll", poll)
    assert json.loads(protocol.encode(events.event_from_record(record))) == {
        "type": "poll",
        "id": 7,
        "timestamp": "t",
        "message": "tea or coffee?",
    }


def test_every_stored_type_but_the_room_itself_is_an_event() -> None:
    assert RECORD_TYPES.keys() - {"room"} == events.STORED_EVENTS.keys()


def test_server_and_browser_store_the_same_types() -> None:
    """The table of the browser decides what a history page may hold: a type that is missing there breaks each page."""
    source = (settings.BASE_DIR / "static/chat/net/server_frames.js").read_text()
    stored = set(re.findall(r"^  (\w+): \{stored: true,", source, re.MULTILINE))
    assert stored == set(events.STORED_EVENTS)


def test_every_frame_of_the_server_is_known_to_the_browser() -> None:
    source = (settings.BASE_DIR / "static/chat/net/server_frames.js").read_text()
    known = set(re.findall(r"^  (\w+): \{stored: (?:true|false),", source, re.MULTILINE))
    assert known | {"unknown"} == frame_types(ServerFrame)


def test_server_and_browser_group_messages_by_the_same_time() -> None:
    source = (settings.BASE_DIR / "static/chat/model/time.js").read_text()
    minutes = re.search(r"SAME_HEADING_WITHIN_MS = (\d+) \* 60 \* 1000", source)
    assert minutes
    assert SAME_HEADING_WITHIN == timedelta(minutes=int(minutes[1]))
