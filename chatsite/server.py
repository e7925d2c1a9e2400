"""The server of `manage.py serve`: Daphne, with bounds and a graceful shutdown.

Attack: more of everything than the process has. http_bounds.py and websocket_bounds.py bound what one connection may
take. Here are the bounds on the number of connections and on the time that an application may outlive its connection.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

from daphne.server import Server as DaphneServer
from twisted.internet import defer

from chatsite import descriptors
from chatsite.front import Front, Route
from chatsite.http_bounds import Channel
from chatsite.reactor import DRAIN_EVENT, reactor
from chatsite.reference_cycles import break_reference_cycles
from chatsite.websocket.bounds import APPLICATION_CLOSE_SECONDS, WebSocketBounds
from chatsite.websocket.legs import Legs
from chatsite.websocket.poller import Poller
from chatsite.websocket_bounds import ReceiveQueue, WebSocket

PING_INTERVAL_SECONDS = 25  # of silence before a client is pinged
PING_TIMEOUT_SECONDS = 20  # for the pong; shorter than the interval, or one late pong would cut a healthy client
LISTEN_BACKLOG = 1024  # connections that wait to be accepted: after a restart all clients reconnect together
SHUTDOWN_SECONDS = 5  # for all applications to end when the server does; then they are cancelled
logger = logging.getLogger(__name__)


class LegOptions(NamedTuple):
    """See `Server`."""

    route: Route
    max_pending_bytes: int


class Server(DaphneServer):  # type: ignore[misc]  # no types
    """A server on one address. `on_ready` is called when it listens there.

    `legs`: which WebSockets are served without Twisted, and how much is buffered for a slow reader; None is none.
    """

    def __init__(
        self,
        application: Any,
        endpoint: str,
        on_ready: Callable[[], None],
        bounds: WebSocketBounds,
        legs: LegOptions | None = None,
    ) -> None:
        super().__init__(
            application,
            endpoints=[f"{endpoint}:backlog={LISTEN_BACKLOG}"],
            ping_interval=PING_INTERVAL_SECONDS,
            ping_timeout=PING_TIMEOUT_SECONDS,
            websocket_timeout=-1,  # a tab may stay open for longer than a day
            websocket_max_message_size=bounds.max_message_bytes,
            websocket_max_frame_size=bounds.max_message_bytes,
            application_close_timeout=APPLICATION_CLOSE_SECONDS,
            server_name="chatsite",
        )
        self._on_ready = on_ready
        self._leg_options = legs
        self.legs: Legs | None = None
        self.front: Front | None = None
        self.websocket_bounds = bounds
        descriptors.raise_limit()
        self._max_descriptor = descriptors.capacity()
        self._disconnected: set[Any] = set()  # protocols whose application still runs
        self.failed = False

    def listen_success(self, port: Any) -> None:
        """The port is open: only now is the server ready."""
        super().listen_success(port)
        self.http_factory.protocol = Channel
        self.ws_factory.protocol = WebSocket
        stop_listening = self._begin_front(port, self._leg_options) if self._leg_options else port.stopListening
        for event in ("shutdown", DRAIN_EVENT):
            reactor.addSystemEventTrigger("before", event, stop_listening)
        self._on_ready()

    def _begin_front(self, port: Any, options: LegOptions) -> Callable[[], Any]:
        """Put the front before Twisted's port; what closes both."""
        self.legs = Legs(
            Poller(reactor._asyncioEventloop),
            self.websocket_bounds,
            options.max_pending_bytes,
            ping_interval=self.ping_interval,
            ping_timeout=self.ping_timeout,
        )
        self.front = Front(port, self.legs, options.route, self.has_capacity_for)
        return self.front.stop_listening

    def listen_error(self, failure: Any) -> None:
        """The port cannot be opened: log one line, and stop."""
        logger.critical("cannot listen: %s", failure.getErrorMessage())
        self.failed = True
        self.stop()

    def has_capacity_for(self, descriptor: int) -> bool:
        """Whether a new connection is accepted. The system gives it the lowest free number, so this one is a count."""
        if descriptor < self._max_descriptor:
            return True
        logger.warning("%d files and connections are open: new ones are refused (ulimit -n)", descriptor)
        return False

    # Applications. Daphne polls each of them every second; here a callback tells when one ends.

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> ReceiveQueue:
        """Start the application of one connection or request, and return the queue that it receives from."""
        queue = ReceiveQueue()
        send = partial(self.handle_reply, protocol)
        context = copy_context()  # shared with the callback: what it logs has the id of the request
        work = self.application({"asgi": {"version": "3.0"}, **scope}, queue.get, send)
        task = asyncio.create_task(work, context=context)
        self.connections[protocol]["application_instance"] = task
        task.add_done_callback(partial(self._on_application_end, protocol), context=context)
        return queue

    def _on_application_end(self, protocol: Any, task: asyncio.Task[None]) -> None:
        details = self.connections[protocol]
        del details["application_instance"]
        if error := None if task.cancelled() else task.exception():
            logger.error("an application failed", exc_info=error)
        if protocol in self._disconnected:
            self._disconnected.discard(protocol)
            del self.connections[protocol]
        elif error:
            protocol.handle_exception(error)

    def protocol_disconnected(self, protocol: Any) -> None:
        """Forget the connection, when its application has ended as well. Daphne calls this twice for some."""
        break_reference_cycles(protocol)
        details = self.connections.get(protocol, {})
        if "application_instance" in details:
            details.setdefault("disconnected", time.monotonic())
            self._disconnected.add(protocol)
        else:
            self.connections.pop(protocol, None)

    def application_checker(self) -> None:
        """Every second, cancel the applications that outlive their connection for too long."""
        for protocol in self._disconnected:
            details = self.connections[protocol]
            if time.monotonic() - details["disconnected"] > self.application_close_timeout:
                details["application_instance"].cancel()
        reactor.callLater(1, self.application_checker)

    def kill_all_applications(self) -> Any:
        """Called by Daphne before the reactor stops: wait until the applications have ended."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end_applications()))

    async def _end_applications(self) -> None:
        """An application ends when its connection is closed (chatsite/shutdown.py). The others are cancelled."""
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        while (running := self._running()) and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait(running, timeout=left)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _running(self) -> list[asyncio.Task[None]]:
        applications = [details.get("application_instance") for details in self.connections.values()]
        in_legs = self.legs.tasks() if self.legs else []
        return [*in_legs, *(task for task in applications if task is not None)]
