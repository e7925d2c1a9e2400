"""The end of a connection, through the whole application but without a network: nothing of it is left."""

import asyncio
import gc

import pytest
from asgiref.sync import SyncToAsync

from chat import consumers as consumers_module
from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import WebSocketClient
from tests.support.core.doubles import until
from tests.support.core.room_actions import open_room

pytestmark = pytest.mark.usefixtures("_poll_often")


async def test_a_connection_leaves_its_room_after_an_exception_in_a_handler(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Channels does not call disconnect() then: the connection stayed in the room."""
    room = await open_room(hub, "lobby")

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    async with WebSocketClient(hub) as ada:
        await ada.receive()
        assert len(room.connections) == 1
        monkeypatch.setattr(room, "typing", fails)
        await ada.send(type="typing")
        await ada.wait_for_exception(ZeroDivisionError)
    assert not room.connections


async def test_a_connection_makes_no_calls_in_djangos_thread(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels closes database connections there, before each frame and after the last one."""
    calls: list[object] = []
    monkeypatch.setattr(SyncToAsync, "__call__", lambda self, *given: calls.append(self.func))
    async with WebSocketClient(hub) as ada:
        await ada.say("hello")
    assert not calls
    assert not (await open_room(hub, "lobby")).connections


async def test_a_cancelled_connection_leaves_its_room(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        ada._socket.future.cancel()
        await until(lambda: not room.connections)


async def test_fifty_connections_leave_no_task_and_no_consumer(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    async with WebSocketClient(hub) as ada:
        await ada.say("hi")
        tasks = len(asyncio.all_tasks())
        for number in range(50):
            async with WebSocketClient(hub, username=f"n {number}") as guest:
                await guest.receive()
                await guest.send(type="typing")
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        assert len(room.connections) == 1
        del guest
        gc.collect()
        alive = [thing for thing in gc.get_objects() if type(thing) is consumers_module.ChatConsumer]
        assert len(alive) == 1
