"""What epoll really reports."""

import asyncio
import socket

from chatsite.websocket.poller import HUNG_UP, NOTHING, READ, Poller
from tests.support.live_server import TIME_LIMIT


class Recorder:
    """Records its events, and tells when there is one."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.told = asyncio.Event()

    def on_event(self, events: int) -> None:
        self.events.append(events)
        self.told.set()

    def abort(self) -> None:
        raise AssertionError("nothing failed")


async def test_the_end_of_a_connection_that_is_watched_for_nothing_is_told_once() -> None:
    """Else a client that has left while its application waits would keep the process busy."""
    poller = Poller(asyncio.get_running_loop())
    (gone, gone_client), (ready, ready_client) = socket.socketpair(), socket.socketpair()
    with gone, gone_client, ready, ready_client:
        recorders = Recorder(), Recorder()
        for connection, recorder in zip((gone, ready), recorders, strict=True):
            poller.add(connection.fileno(), recorder)
        poller.modify(gone.fileno(), NOTHING)
        gone_client.sendall(b"x")
        gone_client.close()
        await asyncio.wait_for(recorders[0].told.wait(), TIME_LIMIT)
        ready_client.sendall(b"x")
        for _ in range(5):  # it is told each time, as it is not read
            recorders[1].told.clear()
            await asyncio.wait_for(recorders[1].told.wait(), TIME_LIMIT)
        assert recorders[0].events == [HUNG_UP]
        poller.modify(gone.fileno(), READ)
        recorders[0].told.clear()
        await asyncio.wait_for(recorders[0].told.wait(), TIME_LIMIT)
        assert recorders[0].events[1] == HUNG_UP | READ
        for connection in (gone, ready):
            poller.remove(connection.fileno())
        poller.close()
