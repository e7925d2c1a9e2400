"""The channel layer of one process, the default: a message reaches its receivers while it is being sent.

    CHANNEL_LAYERS = {"default": {"BACKEND": "chat.carrier.local_layer.LocalLayer"}}

It does what `channels.layers.InMemoryChannelLayer` does, without a queue and two tasks for each message. Decision 23 in
docs/decisions/ has the reasons.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer

from chat.carrier.local_channels import CAPACITY, LocalChannels, Message, Receiver


class LocalLayer(BaseChannelLayer):
    """Groups and channels of this process. `capacity`: messages that wait in one channel.

    Unlike in the layer of Channels nothing expires: a channel has a bound, and is forgotten when it leaves its last
    group or when its receiver ends.
    """

    extensions = ["groups", "flush"]

    def __init__(self, capacity: int = CAPACITY, **options: Any) -> None:
        """`options`: those of other layers, such as `expiry`, have no effect."""
        super().__init__(capacity=capacity)
        self._local = LocalChannels(capacity)

    @property
    def groups(self) -> Mapping[str, set[str]]:
        """The channels of every group."""
        return self._local.groups

    async def new_channel(self, prefix: str = "specific") -> str:
        """A name for a channel."""
        return f"{prefix}.local!{secrets.token_hex(8)}"

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        self._local.add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """End a membership."""
        self._local.discard(group, channel)

    async def group_send(self, group: str, message: Message) -> None:
        """Send a message to every member. A channel that is full loses its oldest one."""
        self._local.deliver(group, message)

    async def send(self, channel: str, message: Message) -> None:
        """Put a message into a channel. Raises `ChannelFull`."""
        self.require_valid_channel_name(channel)
        if self._local.is_full(channel):
            raise ChannelFull(channel)
        self._local.put(channel, message)

    async def receive(self, channel: str) -> Message:
        """The next message of a channel. One caller for each channel."""
        return await self._local.receive(channel)

    def deliver_to(self, channel: str, receiver: Receiver) -> None:
        """Call `receiver` with each message of a channel; `receive` gets none of them."""
        self._local.deliver_to(channel, receiver)

    async def flush(self) -> None:
        """Forget all channels and groups."""
        self._local.clear()

    async def close(self) -> None:
        """There is nothing to disconnect."""
