"""`manage.py serve`'s server: Daphne with what it lacks for a chat that is to be left running."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from daphne.server import Server as DaphneServer
from twisted.internet import defer

PING_INTERVAL = 25  # s of silence before a client is asked whether it is there
PING_TIMEOUT = 20  # s for its answer; shorter than the interval, or one late answer would cut a healthy client
logger = logging.getLogger(__name__)


class Server(DaphneServer):  # type: ignore[misc]  # no types
    """One listening address, and an orderly end."""

    def __init__(self, application: Any, endpoint: str, ready: Callable[[], None]) -> None:
        super().__init__(
            application,
            endpoints=[endpoint],
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            websocket_timeout=-1,  # a tab may stay open for longer than a day
            server_name="chatsite",
        )
        self._ready = ready
        self.failed = False

    def listen_success(self, port: Any) -> None:
        """The port is open: only now is the server ready."""
        super().listen_success(port)
        self._ready()

    def listen_error(self, failure: Any) -> None:
        """The port cannot be had: say so in one line, and end."""
        logger.critical("cannot listen: %s", failure.getErrorMessage())
        self.failed = True
        self.stop()

    def kill_all_applications(self) -> Any:
        """Cancel what still runs. A connection may have no application yet, or no more, at which Daphne stumbles."""
        running = [details.get("application_instance") for details in self.connections.values()]
        pending = [task for task in running if task is not None and not task.done()]
        for task in pending:
            task.cancel()
        return defer.Deferred.fromFuture(asyncio.gather(*pending, return_exceptions=True))
