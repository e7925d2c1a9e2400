"""Graceful shutdown: queued messages are stored, and every client is told to reconnect.

Daphne by itself cancels its applications and drops the sockets. The trigger installed here is registered before
Daphne's, so the reactor calls it first, under `serve`, plain `daphne` and `runserver`. Twisted handles SIGTERM and
SIGINT; the end of a terminal or of a session sends SIGHUP, which would end the process at once.
"""

import asyncio
import signal
import threading
from typing import Any

from twisted.internet import defer

from chat.rooms.hub import Hub
from chatsite.reactor import reactor


def install_graceful_shutdown(hub: Hub) -> None:
    """Let the reactor wait for `Hub.shut_down` before it stops. Under another server this has no effect."""

    def shut_down() -> Any:
        return defer.Deferred.fromFuture(asyncio.ensure_future(hub.shut_down()))

    reactor.addSystemEventTrigger("before", "shutdown", shut_down)
    reactor.callWhenRunning(_stop_on_hangup)


def _stop_on_hangup() -> None:
    """Handle SIGHUP as SIGTERM, unless it is ignored (nohup). Only the main thread may set a handler."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, reactor.sigTerm)
