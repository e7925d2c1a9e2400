"""One connection, through the whole application but without a network: however it ends, nothing of it stays."""

import asyncio
import gc

import pytest
from asgiref.sync import SyncToAsync

from chat import consumers as consumers_module
from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import WebSocketClient
from tests.support.core.doubles import until

pytestmark = pytest.mark.usefixtures("_poll_often")


async def test_an_exception_in_a_handler_still_leaves_the_room(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels does not call disconnect() then: the connection stayed in the room for ever."""
    room = await hub.room("lobby")

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    async with WebSocketClient(hub) as ada:
        await ada.receive()
        assert len(room.connections) == 1
        monkeypatch.setattr(room, "typing", fails)
        await ada.send(type="typing")
        await ada.wait_for_exception(ZeroDivisionError)
    assert not room.connections


async def test_who_comes_speaks_and_goes_makes_no_trip_to_djangos_thread(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Channels closes database connections there, before each frame and behind the last one."""
    trips: list[object] = []
    monkeypatch.setattr(SyncToAsync, "__call__", lambda self, *given: trips.append(self.func))
    async with WebSocketClient(hub) as ada:
        await ada.say("hello")
    assert not trips
    assert not (await hub.room("lobby")).connections


async def test_a_cancelled_connection_leaves_the_room(hub: Hub) -> None:
    room = await hub.room("lobby")
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        ada._socket.future.cancel()
        await until(lambda: not room.connections)


async def test_coming_and_going_fifty_times_leaves_nothing(hub: Hub) -> None:
    room = await hub.room("lobby")
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
