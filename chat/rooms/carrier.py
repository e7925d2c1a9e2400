"""What some channel layers have beyond the interface of Channels. That of Channels itself has none of it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from channels.layers import BaseChannelLayer


@runtime_checkable
class DirectLayer(Protocol):
    """A channel layer that calls the receiver of a message while it is being sent, such as chat.carrier's."""

    def deliver_to(self, channel: str, receiver: Callable[[dict[str, Any]], bool]) -> None:
        """Call `receiver` with each message of a channel. It returns False if it had to drop one."""


@runtime_checkable
class Carrier(Protocol):
    """A channel layer that knows when it is deaf, such as that on Redis."""

    def start(self) -> None:
        """Connect, unless that has begun."""

    def add_gap_listener(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever messages of other processes may have been missed up to now."""

    def report_gap(self) -> None:
        """Call the listeners: somebody else has noticed that a message is missing."""

    @property
    def is_available(self) -> bool:
        """Whether messages reach other processes, and theirs this one, as far as is known."""

    @property
    def counters(self) -> Mapping[str, int]:
        """For metrics: messages `published`, `received` and `dropped`; how often `gaps` and `outages` began."""

    async def close(self) -> None:
        """Disconnect."""


class NoCarrier:
    """Of a layer that tells nothing."""

    is_available = True
    counters: Mapping[str, int] = {}  # noqa: RUF012 (it is a Mapping)

    def start(self) -> None:
        """Does nothing."""

    def add_gap_listener(self, listener: Callable[[], None]) -> None:
        """Does nothing."""

    def report_gap(self) -> None:
        """Does nothing."""

    async def close(self) -> None:
        """Does nothing."""


def carrier_of(layer: BaseChannelLayer) -> Carrier:
    """The layer itself if it tells of gaps."""
    return layer if isinstance(layer, Carrier) else NoCarrier()
