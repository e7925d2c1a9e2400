"""Step 5 on the path of a message: the channel layer, which carries stored batches to every process.

A process joins the group of a room once, on behalf of all its connections. The layer may lose, repeat and delay
messages: chat/rooms/feed.py corrects that from the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from channels.layers import BaseChannelLayer

from chat.rooms.storage_errors import traceback_of

RETRY_SECONDS = 1.0  # between two tries to receive from a layer that fails
logger = logging.getLogger(__name__)


class EncodedBatch(NamedTuple):
    """Encoded events that became durable together; their ids follow `first_id` without a gap.

    `deleted`: the ids of the messages that they delete.
    """

    epoch: str
    first_id: int
    texts: list[str]
    deleted: Sequence[int] = ()


class ChannelGroup:
    """The membership of this process in the group of one room."""

    def __init__(self, layer: BaseChannelLayer, room: str, on_batch: Callable[[EncodedBatch], Awaitable[None]]) -> None:
        self._layer = layer
        self._group = f"room.{room}"
        self._on_batch = on_batch
        self._channel = ""
        self._receiving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Join the group and begin to receive. Raises whatever the layer raises."""
        self._channel = await self._layer.new_channel()
        await self.renew()
        self._receiving = asyncio.create_task(self._receive_forever())

    async def renew(self) -> None:
        """Join again: a layer drops members after a day, or when one message was not received for a minute."""
        await self._layer.group_add(self._group, self._channel)

    async def stop(self) -> None:
        """Leave the group. Raises whatever the layer raises."""
        if self._receiving is not None:
            self._receiving.cancel()
            await asyncio.wait([self._receiving])
            self._receiving = None
        await self._layer.group_discard(self._group, self._channel)

    async def publish(self, batch: EncodedBatch) -> None:
        """Send a durable batch to every process, this one included."""
        try:
            await self._layer.group_send(self._group, {"type": "room.batch", **batch._asdict()})
        except Exception:  # whatever a layer raises: the events are stored, and the next poll of the log finds them
            logger.exception("%s: the channel layer did not take a batch", self._group)

    async def _receive_forever(self) -> None:
        while True:
            try:
                message: dict[str, Any] = await self._layer.receive(self._channel)
            except Exception:  # whatever a layer raises, it may recover
                logger.exception("%s: the channel layer delivers nothing", self._group)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            try:
                await self._on_batch(EncodedBatch(*(message[field] for field in EncodedBatch._fields)))
            except Exception as error:  # the missing events could not be read: the next poll of the log tries again
                traceback = traceback_of(error)
                logger.error("%s: a batch could not be delivered: %s", self._group, error, exc_info=traceback)
