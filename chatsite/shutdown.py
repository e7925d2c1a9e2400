"""Graceful shutdown: queued messages are stored, and every client is told to reconnect.

Daphne by itself cancels its applications and drops the sockets. The trigger installed here is registered before
Daphne's, so the reactor calls it first, under `serve`, plain `daphne` and `runserver`. Twisted handles SIGTERM and
SIGINT; the end of a terminal or of a session sends SIGHUP, which would end the process at once. With CHAT_DRAIN_SECONDS
SIGTERM first sends the clients to other processes, for a rolling restart.
"""

import asyncio
import contextlib
import logging
import signal
import threading
from typing import Any

from twisted.internet import defer
from twisted.internet.error import ReactorNotRunning

from chat.rooms.hub import Hub
from chatsite.reactor import DRAIN_EVENT, reactor

logger = logging.getLogger(__name__)


def install_graceful_shutdown(hub: Hub) -> None:
    """Let the reactor wait for `Hub.shut_down` before it stops. Under another server this has no effect."""

    def shut_down() -> Any:
        return defer.Deferred.fromFuture(asyncio.ensure_future(hub.shut_down()))

    reactor.addSystemEventTrigger("before", "shutdown", shut_down)
    reactor.callWhenRunning(_handle_signals, hub)


def _handle_signals(hub: Hub) -> None:
    """Handle SIGHUP as SIGTERM used to be, unless it is ignored (nohup), and drain on SIGTERM if that is wanted.

    Only the main thread may set a handler.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, reactor.sigTerm)
    if hub.conf.drain_seconds:
        signal.signal(signal.SIGTERM, DrainThenStop(hub).on_signal)


class DrainThenStop:
    """What SIGTERM does with CHAT_DRAIN_SECONDS. A second one stops the server at once."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._draining: asyncio.Task[None] | None = None

    def on_signal(self, *_: object) -> None:
        """Called between any two instructions."""
        reactor.callFromThread(self._drain_or_stop)

    def _drain_or_stop(self) -> None:
        if self._draining is None:
            logger.info(
                "clients are told to reconnect within %d s; then this process ends", self._hub.conf.drain_seconds
            )
            self._draining = asyncio.ensure_future(self._hub.drain(_stop_listening))
            self._draining.add_done_callback(self._on_drained)
        else:
            self._draining.cancel()

    def _on_drained(self, draining: asyncio.Task[None]) -> None:
        if not draining.cancelled() and (error := draining.exception()):
            logger.error("the clients could not be told to reconnect", exc_info=error)
        with contextlib.suppress(ReactorNotRunning):  # SIGINT came first
            reactor.stop()


def _stop_listening() -> None:
    """Close the ports of `serve`, which waits for this event (chatsite/server.py)."""
    reactor.fireSystemEvent(DRAIN_EVENT)
