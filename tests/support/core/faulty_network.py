"""Several channel layers in one process, as those of several processes, with a network between them that has faults."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from channels.layers import BaseChannelLayer

from chat.carrier.local_channels import LocalChannels
from chat.rooms.carrier import Carrier
from chat.rooms.channel_group import BATCH

Message = dict[str, Any]
MAX_DELAY_SECONDS = 0.03


class FaultyNetwork:
    """Loses, doubles, delays and reorders what goes to other processes, in an order that depends on the seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.layers: list[FaultyLayer] = []
        self.is_cut = False
        self.lost = self.doubled = self.late = 0

    def new_layer(self) -> "FaultyLayer":
        """The layer of one more process."""
        layer = FaultyLayer(self)
        assert isinstance(layer, Carrier), "or the hub takes it for a layer that tells nothing"
        self.layers.append(layer)
        return layer

    def carry(self, sender: "FaultyLayer", group: str, message: Message) -> None:
        for layer in self.layers:
            if layer is not sender:
                self._carry_to(layer, group, message)

    def _carry_to(self, layer: "FaultyLayer", group: str, message: Message) -> None:
        fault = self._rng.choice(["lose", "double", "delay", "none", "none"])
        if fault == "lose" or self.is_cut:
            self.lost += message["type"] == BATCH
            return
        self.doubled += fault == "double"
        self.late += fault == "delay"
        for _ in range(2 if fault == "double" else 1):
            delay = self._rng.uniform(0, MAX_DELAY_SECONDS) if fault == "delay" else 0.0
            asyncio.get_running_loop().call_later(delay, layer.deliver, group, message)


class FaultyLayer(BaseChannelLayer):
    """Local delivery as in chat.carrier.RedisLayer; it does not know what the network loses."""

    def __init__(self, network: FaultyNetwork) -> None:
        super().__init__()
        self._network = network
        self._local = LocalChannels()
        self._gap_listeners: list[Callable[[], None]] = []
        self.is_available = True
        self.counters: dict[str, int] = {}
        self.received: list[Message] = []  # batches of other processes
        self._channels = 0

    async def new_channel(self, prefix: str = "specific") -> str:
        self._channels += 1
        return f"{prefix}!{self._channels}"

    async def group_add(self, group: str, channel: str) -> None:
        self._local.add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self._local.discard(group, channel)

    async def group_send(self, group: str, message: Message) -> None:
        self._local.deliver(group, message)
        self._network.carry(self, group, message)

    async def receive(self, channel: str) -> Message:
        return await self._local.receive(channel)

    def deliver(self, group: str, message: Message) -> None:
        """A message of another process has arrived."""
        if group in self._local.groups and message["type"] == BATCH:
            self.received.append(message)
        self._local.deliver(group, message)

    def start(self) -> None:
        """There is nothing to connect."""

    async def close(self) -> None:
        """There is nothing to disconnect."""

    def add_gap_listener(self, listener: Callable[[], None]) -> None:
        self._gap_listeners.append(listener)

    def report_gap(self) -> None:
        for listener in self._gap_listeners:
            listener()
