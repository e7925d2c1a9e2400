"""The channels of this process and their groups: bounded queues, without a server."""

import asyncio
from collections import deque
from typing import Any

Message = dict[str, Any]
CAPACITY = 256  # messages that wait in one channel; past it the oldest is dropped


class LocalChannels:
    """Who in this process is in which group."""

    def __init__(self) -> None:
        self._queues: dict[str, _BoundedQueue] = {}
        self._groups: dict[str, set[str]] = {}

    def groups(self) -> set[str]:
        """The groups that have a member here."""
        return set(self._groups)

    def add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group. Twice is once."""
        self._groups.setdefault(group, set()).add(channel)
        self._queue(channel)

    def discard(self, group: str, channel: str) -> None:
        """End a membership. A channel without any is forgotten, with what waits in it."""
        members = self._groups.get(group, set())
        members.discard(channel)
        if not members:
            self._groups.pop(group, None)
        if not any(channel in members for members in self._groups.values()):
            self._queues.pop(channel, None)

    def deliver(self, group: str, message: Message) -> bool:
        """Put a message into the channel of each member; False if a channel was full and lost its oldest message."""
        return all([self.put(channel, message) for channel in self._groups.get(group, ())])

    def put(self, channel: str, message: Message) -> bool:
        """Put a message into one channel; False if that was full and lost its oldest message."""
        return self._queue(channel).put(dict(message))

    async def receive(self, channel: str) -> Message:
        """The next message of a channel, once there is one. One caller for each channel."""
        return await self._queue(channel).get()

    def clear(self) -> None:
        """Forget all channels and groups."""
        self._queues.clear()
        self._groups.clear()

    def _queue(self, channel: str) -> "_BoundedQueue":
        queue = self._queues.get(channel)
        if queue is None:
            queue = self._queues[channel] = _BoundedQueue()
        return queue


class _BoundedQueue:
    """Messages for one receiver. When it is full the oldest goes: the newest leads the receiver to all before it."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=CAPACITY)
        self._waiting: asyncio.Future[None] | None = None

    def put(self, message: Message) -> bool:
        is_full = len(self._messages) == CAPACITY
        self._messages.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        return not is_full

    async def get(self) -> Message:
        while not self._messages:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._messages.popleft()
