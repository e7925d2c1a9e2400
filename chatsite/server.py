"""`manage.py serve`'s server: Daphne with what it lacks for a chat that is to be left running.

Attack: more of everything than the process has. What one connection may take is bounded in http_bounds.py and
websocket_bounds.py; how many there may be, how long their applications may outlive them, and the end, are here.
"""

import asyncio
import logging
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from daphne.server import Server as DaphneServer
from twisted.internet import defer, reactor

from chatsite.http_bounds import Channel
from chatsite.reference_cycles import untie
from chatsite.websocket_bounds import Allowance, Inbox, WebSocket

PING_INTERVAL = 25  # s of silence before a client is asked whether it is there
PING_TIMEOUT = 20  # s for its answer; shorter than the interval, or one late answer would cut a healthy client
MAX_DESCRIPTORS = 65_536  # however many the system allows: so many connections take more than 1 GB
BACKLOG = 1024  # connections that may wait to be accepted: after a restart everybody comes back at once
OUTLIVE_SECONDS = 3  # that an application may go on without its connection
END_SECONDS = 5  # for applications to end with their connections when the server does
core: Any = reactor  # the name is a module to type checkers
logger = logging.getLogger(__name__)


class Server(DaphneServer):  # type: ignore[misc]  # no types
    """One listening address, bounds, and an orderly end."""

    def __init__(self, application: Any, endpoint: str, ready: Callable[[], None], allowance: Allowance) -> None:
        super().__init__(
            application,
            endpoints=[f"{endpoint}:backlog={BACKLOG}"],
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            websocket_timeout=-1,  # a tab may stay open for longer than a day
            websocket_max_message_size=allowance.message,
            websocket_max_frame_size=allowance.message,
            application_close_timeout=OUTLIVE_SECONDS,
            server_name="chatsite",
        )
        self._ready = ready
        self.allowance = allowance
        self._max_descriptor = _max_descriptor()
        self._leaving: set[Any] = set()  # their connection is gone, their application is not
        self.failed = False

    def listen_success(self, port: Any) -> None:
        """The port is open: only now is the server ready."""
        super().listen_success(port)
        self.http_factory.protocol = Channel
        self.ws_factory.protocol = WebSocket
        core.addSystemEventTrigger("before", "shutdown", port.stopListening)
        self._ready()

    def listen_error(self, failure: Any) -> None:
        """The port cannot be had: say so in one line, and end."""
        logger.critical("cannot listen: %s", failure.getErrorMessage())
        self.failed = True
        self.stop()

    def has_room_for(self, descriptor: int) -> bool:
        """Whether a new connection may stay. The system gives the lowest free number, so a high one says: many."""
        if descriptor < self._max_descriptor:
            return True
        logger.warning("%d files and connections are open: new ones are refused (ulimit -n)", descriptor)
        return False

    # Applications. Daphne looks at each of them every second; here they say when they end.

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Inbox:
        """Start the application of one connection or request; what comes for it goes into what is returned."""
        inbox = Inbox()
        send = partial(self.handle_reply, protocol)
        task = asyncio.ensure_future(self.application({"asgi": {"version": "3.0"}, **scope}, inbox.get, send))
        self.connections[protocol]["application_instance"] = task
        task.add_done_callback(partial(self._application_ended, protocol))
        return inbox

    def _application_ended(self, protocol: Any, task: asyncio.Task[None]) -> None:
        details = self.connections[protocol]
        del details["application_instance"]
        if error := None if task.cancelled() else task.exception():
            logger.error("an application failed", exc_info=error)
        if protocol in self._leaving:
            self._leaving.discard(protocol)
            del self.connections[protocol]
        elif error:
            protocol.handle_exception(error)

    def protocol_disconnected(self, protocol: Any) -> None:
        """Forget the connection, once its application has ended too. Daphne says this twice of some."""
        untie(protocol)
        details = self.connections.get(protocol, {})
        if "application_instance" in details:
            details.setdefault("disconnected", time.monotonic())
            self._leaving.add(protocol)
        else:
            self.connections.pop(protocol, None)

    def application_checker(self) -> None:
        """Cancel, every second, the applications that go on long after their connection."""
        for protocol in self._leaving:
            details = self.connections[protocol]
            if time.monotonic() - details["disconnected"] > self.application_close_timeout:
                details["application_instance"].cancel()
        core.callLater(1, self.application_checker)

    def kill_all_applications(self) -> Any:
        """Before the reactor stops: let applications end."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end_applications()))

    async def _end_applications(self) -> None:
        """They do so when their connections have been told goodbye: chatsite/shutdown.py. What is left is cancelled."""
        end = time.monotonic() + END_SECONDS
        while (running := self._running()) and (rest := end - time.monotonic()) > 0:
            await asyncio.wait(running, timeout=rest)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _running(self) -> list[asyncio.Task[None]]:
        applications = [details.get("application_instance") for details in self.connections.values()]
        return [task for task in applications if task is not None]


def _max_descriptor() -> int:
    """Of the descriptors that the system allows an eighth is kept for files."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_DESCRIPTORS if allowed == resource.RLIM_INFINITY else min(allowed, MAX_DESCRIPTORS)
    return most - most // 8
