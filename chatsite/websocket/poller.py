"""One epoll for all legs, which the event loop watches as one descriptor.

A reader of the event loop is a handle and a key for each connection, and a call through both for each event.
"""

import asyncio
import logging
import select
from typing import Protocol

from chat.entrance import request_id

MAX_EVENTS = 256  # in a row, before the event loop may do something else
READ, WRITE = getattr(select, "EPOLLIN", 0), getattr(select, "EPOLLOUT", 0)
BROKEN, HUNG_UP = getattr(select, "EPOLLERR", 0), getattr(select, "EPOLLHUP", 0)  # are always reported
LEFT = getattr(select, "EPOLLRDHUP", 0)  # the other side sends nothing more
NOTHING = getattr(select, "EPOLLONESHOT", 0)  # but the end is reported, once
IS_AVAILABLE = hasattr(select, "epoll")  # on Linux
logger = logging.getLogger(__name__)


class Handler(Protocol):
    """What a descriptor is watched for."""

    def on_event(self, events: int) -> None:
        """It is ready for these events: READ, WRITE, LEFT, HUNG_UP, BROKEN."""

    def abort(self) -> None:
        """Close it: `on_event` failed."""


class Poller:
    """Calls the handlers of ready descriptors."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.handlers: dict[int, Handler] = {}
        self._epoll = select.epoll()
        self.modify = self._epoll.modify  # of a descriptor: the events that it is watched for
        loop.add_reader(self._epoll.fileno(), self._on_ready)

    def add(self, descriptor: int, handler: Handler, events: int = READ) -> None:
        """Watch a descriptor."""
        self._epoll.register(descriptor, events)
        self.handlers[descriptor] = handler

    def remove(self, descriptor: int) -> None:
        """Watch a descriptor no longer, before it is closed."""
        del self.handlers[descriptor]
        self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Watch nothing."""
        self.loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _on_ready(self) -> None:
        request_id.resume("")  # what follows is not about the connection of the last event
        for descriptor, events in self._epoll.poll(0, MAX_EVENTS):
            handler = self.handlers.get(descriptor)  # None if another handler has closed it just now
            if handler is None:
                continue
            try:
                handler.on_event(events)
            except Exception:
                logger.exception("a connection failed")
                handler.abort()
