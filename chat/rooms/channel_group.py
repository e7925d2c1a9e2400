"""Step 5 on the path of a message: the channel layer, which carries stored batches to every process.

A process is a member of the group of a room once, on behalf of all its connections, and only while it has some. The
layer may lose, repeat and delay messages: chat/rooms/feed.py corrects that from the log.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from channels.layers import BaseChannelLayer

from chat.entrance.request_id import shared_task
from chat.rooms.carrier import DirectLayer, carrier_of
from chat.rooms.eager_task import eager_task
from chat.rooms.storage_errors import traceback_of

MAX_WAITING = 256  # messages, while one is being handled
RETRY_SECONDS = 1.0  # between two tries to receive from a layer that fails
BATCH = "room.batch"  # the type of the message of an `EncodedBatch`
Handler = Callable[[dict[str, Any]], Awaitable[None]]
logger = logging.getLogger(__name__)


class EncodedBatch(NamedTuple):
    """Encoded events that became durable together; their ids follow `first_id` without a gap.

    Without texts they have to be read from the log. `deleted`: the ids of the messages that they delete.
    """

    epoch: str
    first_id: int
    texts: list[str]
    deleted: Sequence[int] = ()


class ChannelGroup:
    """The membership of this process in a group, that of one room, and the messages that it sends and gets there."""

    def __init__(self, layer: BaseChannelLayer, group: str) -> None:
        self._layer = layer
        self._direct = layer if isinstance(layer, DirectLayer) else None
        self._group = group
        self._handlers: dict[str, Handler] = {}
        self._channel = ""
        self._is_member = False  # or is to become one again, if the layer failed
        self._inbox: deque[dict[str, Any]] = deque(maxlen=MAX_WAITING)  # the oldest goes: the newest shows the gap
        self._is_working = False
        self._working: asyncio.Task[None] | None = None

    def on_message(self, message_type: str, handler: Handler) -> None:
        """Call `handler` with each message of a type, those of this process included, one at a time and in order.

        What it raises is logged. Messages of other types are ignored: they are of a newer version.
        """
        self._handlers[message_type] = handler

    @property
    def is_member(self) -> bool:
        """Whether messages of other processes are received."""
        return self._is_member

    @property
    def reaches_others(self) -> bool:
        """Whether messages reach other processes, as far as is known."""
        return carrier_of(self._layer).is_available

    async def join(self) -> None:
        """Become a member, if this process is none. A layer that fails is asked again by `renew`."""
        if not self._is_member:
            self._is_member = True
            await self.renew()

    async def renew(self) -> None:
        """Join again: a layer drops members after a day, or when one message was not received for a minute."""
        try:
            if not self._channel:
                self._channel = await self._layer.new_channel()
                if self._direct is None:
                    self._working = shared_task(self._receive_forever(self._channel))
            if self._direct is not None:
                self._direct.deliver_to(self._channel, self._receive)
            await self._layer.group_add(self._group, self._channel)
        except Exception:  # whatever a layer raises: until the next renewal, the polls of the log find the events
            logger.exception("%s: the channel layer cannot be joined", self._group)

    async def leave(self) -> None:
        """End the membership, if there is one."""
        self._is_member = False
        if not self._channel:
            return
        working, channel, self._channel = self._working, self._channel, ""  # `join` makes new ones meanwhile
        self._inbox.clear()
        if working is not None:
            working.cancel()
        try:
            await self._layer.group_discard(self._group, channel)
        except Exception:  # a layer drops in time the members that did not leave
            logger.exception("%s: the channel layer does not answer", self._group)
        if working is not None:
            await asyncio.wait([working])
            self._begin_work()  # with what came since, if `join` was called

    async def close(self) -> None:
        """Leave for good. What handles messages may refer to this group: without that end of it they would be a cycle,
        and a closed room would stay in memory until the next run of the garbage collector.
        """
        await self.leave()
        self._handlers.clear()

    async def publish(self, batch: EncodedBatch) -> None:
        """Send a durable batch to every process, this one included; return when this one has delivered it.

        So the batch after the next one grows while this one is sent to many. Over a layer that is not direct nobody
        knows when it is delivered.
        """
        await self.send(BATCH, **batch._asdict())
        if self._is_working and self._working is not None:
            await asyncio.wait([self._working])

    async def send(self, message_type: str, **fields: Any) -> None:
        """Send a message to every process that is a member, this one included. It may be lost, repeated or late.

        `fields`: numbers, texts, lists and objects, as JSON has them. Keep them below 16 KB: of larger messages other
        processes may get the fields that are no lists.
        """
        try:
            if self._direct is None:
                await asyncio.sleep(0)  # now in a task (eager_task): a layer may set timeouts
            await self._layer.group_send(self._group, {"type": message_type, **fields})
        except Exception:  # whatever a layer raises: the events are stored, and the next poll of the log finds them
            logger.exception("%s: the channel layer did not take a %s", self._group, message_type)

    def _receive(self, message: dict[str, Any]) -> bool:
        """Handle a message at once, or after those before it. Returns False if there are too many, and one is lost."""
        is_full = len(self._inbox) == MAX_WAITING
        self._inbox.append(message)
        self._begin_work()
        return not is_full

    def _begin_work(self) -> None:
        if self._inbox and not self._is_working:
            self._working = eager_task(self._work_off())

    async def _work_off(self) -> None:
        self._is_working = True
        try:
            while self._inbox:
                await self._dispatch(self._inbox.popleft())
        finally:
            self._is_working = False

    async def _receive_forever(self, channel: str) -> None:
        while True:
            try:
                message: dict[str, Any] = await self._layer.receive(channel)
            except Exception:  # whatever a layer raises, it may recover
                logger.exception("%s: the channel layer delivers nothing", self._group)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._dispatch(message)

    async def _dispatch(self, message: dict[str, Any]) -> None:
        message_type = message.get("type")  # none, or no text, if a stranger publishes in the layer
        try:
            handler = self._handlers.get(message_type) if isinstance(message_type, str) else None
            if handler is not None:
                await handler(message)
        except Exception as error:  # the missing events could not be read: the next poll of the log tries again
            text = "%s: a %s could not be delivered: %s"
            logger.error(text, self._group, message_type, error, exc_info=traceback_of(error))


def batch_of(message: dict[str, Any]) -> EncodedBatch:
    """The batch in a message of type `BATCH`. Without texts, if it was too large for the layer."""
    return EncodedBatch(message["epoch"], message["first_id"], message.get("texts", []), message.get("deleted", ()))
