"""A channel layer on pub/sub: one publication for each message, one subscription for each group with a member here.

    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "chat.carrier.redis_layer.RedisLayer",
            "CONFIG": {"url": "redis://127.0.0.1:6379/0"},
        }
    }

A message reaches the members in this process at once, whatever Redis does; Redis takes it to the other processes. The
layer may lose messages there, and nobody waits for it. Decision 19 in docs/decisions/ has the reasons.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextvars import Context

import msgspec

from chat.carrier.local_channels import Message
from chat.carrier.local_layer import LocalLayer
from chat.carrier.other_sites import OtherSites
from chat.carrier.outage import Outage
from chat.carrier.outbox import Outbox
from chat.carrier.server import RedisServer
from chat.carrier.subscriptions import Subscriptions

MAX_MESSAGE_BYTES = 16 * 1024  # of larger messages other processes get the fields that are no lists
CLOSE_SECONDS = 0.5  # for publishing what waits, at the end
CANCEL_SECONDS = 0.5  # between two cancellations of a task that goes on
PROCESS_ID_BYTES = 8  # in front of each message, to recognise those that come back
logger = logging.getLogger(__name__)


class RedisLayer(LocalLayer):
    """Groups over processes; in this one a local layer. Channels are those of this process; `send` reaches no other.

    `url` as in REDIS_URL. Only layers with the same database number and `site` hear each other. The counters are for
    metrics: messages `received` of other processes, and how often `gaps` were reported.
    """

    def __init__(self, url: str, site: str = "") -> None:
        super().__init__()
        server = RedisServer(url)
        self._id = secrets.token_bytes(PROCESS_ID_BYTES)
        self._prefix = f"chatsite:{server.database}:{site}:"  # pub/sub itself knows no database numbers
        self._gap_listeners: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.outage = Outage(server)
        self.outbox = Outbox(server, self.outage)
        self._other_sites = OtherSites(server, site)
        self._subscriptions = Subscriptions(server, self.outage, self._wanted, self._on_message, self.report_gap)
        self.received = self.gaps = 0

    # What Channels asks for

    async def new_channel(self, prefix: str = "specific") -> str:
        """A name for a channel of this process."""
        return f"{prefix}.{self._id.hex()}!{secrets.token_hex(8)}"

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member. Messages of this process arrive from now on, those of others in a moment."""
        self.start()
        self._local.add(group, channel)
        self._subscriptions.update()

    async def group_discard(self, group: str, channel: str) -> None:
        """End a membership."""
        self._local.discard(group, channel)
        self._subscriptions.update()

    async def group_send(self, group: str, message: Message) -> None:
        """Send a message to every member. It must be made of what JSON has.

        Of a message larger than `MAX_MESSAGE_BYTES` other processes get the fields that are no lists: large messages
        fill the buffers of Redis, and what was stored can be read there.
        """
        self.start()
        if not self._local.deliver(group, message):
            self.report_gap()
        self.outbox.put(self._prefix + group, self._id + _encoded(message))

    async def send(self, channel: str, message: Message) -> None:
        """Put a message into a channel of this process."""
        if f".{self._id.hex()}!" not in channel:
            raise ValueError(f"{channel} is no channel of this process; other processes are reached by groups")
        if not self._local.put(channel, message):
            self.report_gap()

    async def flush(self) -> None:
        """Forget all channels and groups of this process."""
        self._local.clear()
        self._subscriptions.update()

    # What chatsite asks for (chat/rooms/carrier.py)

    def add_gap_listener(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever messages may have been missed up to now."""
        self._gap_listeners.append(listener)

    def report_gap(self) -> None:
        """Call the listeners."""
        self.gaps += 1
        for listener in self._gap_listeners:
            listener()

    @property
    def is_available(self) -> bool:
        """Whether Redis carries events, as far as is known."""
        return not self.outage

    @property
    def counters(self) -> dict[str, int]:
        """What happened up to now."""
        return {
            "published": self.outbox.published,
            "received": self.received,
            "dropped": self.outbox.dropped,
            "gaps": self.gaps,
            "outages": self.outage.count,
        }

    def start(self) -> None:
        """Connect, unless that has begun. The layer then belongs to the running loop."""
        if not self._tasks:
            parts = (self.outbox.run(), self._subscriptions.run(), self._other_sites.run())
            # In a context of their own: what they log is about no request, whichever was the first.
            self._tasks = [asyncio.create_task(part, context=Context()) for part in parts]

    async def close(self) -> None:
        """Disconnect, after what waits was published if that takes a moment only."""
        if self._tasks and not self.outage:
            await self.outbox.wait_until_empty(CLOSE_SECONDS)
        tasks, self._tasks = set(self._tasks), []
        while tasks:  # a cancellation can be lost while the client library connects
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=CANCEL_SECONDS)

    # From other processes

    def _wanted(self) -> set[str]:
        return {self._prefix + group for group in self._local.groups}

    def _on_message(self, channel: str, data: bytes) -> None:
        if data.startswith(self._id):
            return  # it was delivered when it was sent
        try:
            message = _decoder.decode(memoryview(data)[PROCESS_ID_BYTES:])
        except msgspec.DecodeError as error:
            logger.error("%s: what arrived there is no message of chatsite: %s", channel, error)
            return
        self.received += 1
        if not self._local.deliver(channel.removeprefix(self._prefix), message):
            self.report_gap()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, object])


def _encoded(message: Message) -> bytes:
    data = _encoder.encode(message)
    if len(data) > MAX_MESSAGE_BYTES:
        return _encoder.encode({name: value for name, value in message.items() if not isinstance(value, list | tuple)})
    return data
