"""The channels of this process and their groups: bounded queues, without a server."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]
Receiver = Callable[[Message], bool]  # False: it had too many messages, and one of them is lost
CAPACITY = 256  # messages that wait in one channel; past it the oldest is dropped


class LocalChannels:
    """Who in this process is in which group."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._queues: dict[str, _BoundedQueue] = {}
        self.groups: dict[str, set[str]] = {}  # their channels
        self._memberships: Counter[str] = Counter()  # of each channel
        self._receivers: dict[str, Receiver] = {}

    def add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group. Twice is once."""
        members = self.groups.setdefault(group, set())
        if channel not in members:
            members.add(channel)
            self._memberships[channel] += 1

    def discard(self, group: str, channel: str) -> None:
        """End a membership. A channel without any is forgotten, with what waits in it; not while it is waited at."""
        members = self.groups.get(group, set())
        if channel in members:
            members.remove(channel)
            self._memberships[channel] -= 1
        if not members:
            self.groups.pop(group, None)
        if not self._memberships[channel]:
            self._forget(channel)

    def _forget(self, channel: str) -> None:
        del self._memberships[channel]
        self._receivers.pop(channel, None)
        if channel in self._queues and not self._queues[channel].is_waited_at:
            del self._queues[channel]

    def deliver_to(self, channel: str, receiver: Receiver) -> None:
        """Call `receiver` with each message of a channel, at once, instead of keeping it for `receive`."""
        self._receivers[channel] = receiver

    def deliver(self, group: str, message: Message) -> bool:
        """Put a message into the channel of each member; False if a channel was full and lost its oldest message."""
        return all([self.put(channel, message) for channel in tuple(self.groups.get(group, ()))])

    def put(self, channel: str, message: Message) -> bool:
        """Put a message into one channel; False if that was full and lost its oldest message."""
        receiver = self._receivers.get(channel)
        return self._queue(channel).put(dict(message)) if receiver is None else receiver(dict(message))

    def is_full(self, channel: str) -> bool:
        """Whether the next message would push one out."""
        return channel in self._queues and self._queues[channel].is_full

    async def receive(self, channel: str) -> Message:
        """The next message of a channel, once there is one. One caller for each channel."""
        queue = self._queue(channel)
        try:
            return await queue.get()
        finally:
            if queue.is_empty and self._queues.get(channel) is queue:
                del self._queues[channel]

    def clear(self) -> None:
        """Forget all channels and groups."""
        self._queues.clear()
        self.groups.clear()
        self._memberships.clear()
        self._receivers.clear()

    def _queue(self, channel: str) -> "_BoundedQueue":
        queue = self._queues.get(channel)
        if queue is None:
            queue = self._queues[channel] = _BoundedQueue(self._capacity)
        return queue


class _BoundedQueue:
    """Messages for one receiver. When it is full the oldest goes: the newest leads the receiver to all before it."""

    def __init__(self, capacity: int) -> None:
        self._messages: deque[Message] = deque(maxlen=capacity)
        self._waiting: asyncio.Future[None] | None = None

    @property
    def is_full(self) -> bool:
        return len(self._messages) == self._messages.maxlen

    @property
    def is_empty(self) -> bool:
        return not self._messages

    @property
    def is_waited_at(self) -> bool:
        return self._waiting is not None

    def put(self, message: Message) -> bool:
        is_full = self.is_full
        self._messages.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        return not is_full

    async def get(self) -> Message:
        while not self._messages:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self._messages.popleft()
