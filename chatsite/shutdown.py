"""The end of a server: every client hears that it should come back, and what was said last is stored first.

Daphne of itself cancels its applications and drops the sockets. A trigger of the reactor that is older than Daphne's
own comes before that, under `serve`, plain `daphne` and runserver alike.
"""

import asyncio
from typing import Any

from twisted.internet import defer, reactor

from chat.rooms.hub import Hub


def say_goodbye_at_shutdown(hub: Hub) -> None:
    """Have the reactor wait for the hub's goodbye before it stops. Under another server this does nothing."""

    def shut_down() -> Any:
        return defer.Deferred.fromFuture(asyncio.ensure_future(hub.shut_down()))

    core: Any = reactor  # the name is a module to type checkers
    core.addSystemEventTrigger("before", "shutdown", shut_down)
