"""The consumer as chatsite's own server drives it: by calls, and without a task while the connection is idle."""

import asyncio
import json
from typing import Any

import pytest

from chat.consumers import ChatConsumer
from chat.rooms.hub import Hub
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.room_actions import open_room

pytestmark = pytest.mark.usefixtures("_poll_often")


def scope(hub: Hub, room: str = "lobby", query: str = "username=ada") -> dict[str, Any]:
    """What chat/routing.py makes of a handshake, as far as the consumer reads it."""
    return {
        "headers": [],
        "query_string": query.encode(),
        "url_route": {"kwargs": {"slug": room}},
        "chat.address": "127.0.0.1",
    }


async def opened(hub: Hub, **fields: Any) -> tuple[ChatConsumer, RecordingWriter]:
    consumer, writer = ChatConsumer(hub), RecordingWriter()
    await consumer.open(scope(hub, **fields), writer)
    return consumer, writer


async def test_only_what_reads_history_has_to_be_waited_for(hub: Hub) -> None:
    consumer, writer = await opened(hub)
    assert writer.types == ["welcome"]
    for frame in ({"type": "message", "message": "hi"}, {"type": "typing"}, {"type": "ping"}, {"type": "nothing"}):
        assert consumer.take(json.dumps(frame), None) is None
    assert consumer.take(None, b"binary") is None
    await until(lambda: writer.texts == ["hi"])
    assert [error["code"] for error in writer.of_type("error")] == ["unknown_type", "invalid_frame"]
    waiting = consumer.take('{"type": "history"}', None)
    assert waiting is not None
    assert not writer.of_type("history")
    await waiting
    assert [event["message"] for event in writer.of_type("history")[0]["events"]] == ["hi"]
    consumer.leave()


async def test_an_idle_connection_has_no_task(hub: Hub) -> None:
    first, _ = await opened(hub)
    tasks = asyncio.all_tasks()
    others = [await opened(hub) for _ in range(5)]
    await until(lambda: asyncio.all_tasks() <= tasks, "the end of what was started")
    for consumer in [first, *(consumer for consumer, _ in others)]:
        assert not vars(consumer), "an attribute that is in no slot"
        consumer.leave()


async def test_a_connection_leaves_once_however_often_it_is_told(hub: Hub) -> None:
    room, limiter = await open_room(hub, "lobby"), hub.address_limiters
    consumer, writer = await opened(hub)
    other, _ = await opened(hub)
    for _ in range(2):
        consumer.leave()
    assert len(room.connections) == 1
    assert limiter.get("127.0.0.1", 0).connections == 1
    assert consumer.take('{"type": "message", "message": "after the end"}', None) is None
    assert not writer.of_type("error")
    other.leave()
    assert not room.connections
    assert limiter.get("127.0.0.1", 0).connections == 0
    assert room.log.last_id == 1


async def test_a_refused_connection_is_told_why_and_closed(hub: Hub) -> None:
    consumer, writer = await opened(hub, room="NO ROOM")
    assert [frame["code"] for frame in writer.frames] == ["invalid_room"]
    assert writer.close_code == 4100
    consumer.leave()
    assert hub.address_limiters.get("127.0.0.1", 0).connections == 0
