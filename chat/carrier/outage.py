"""Whether Redis works for this process. The log is told once when it is gone, and once when it is back."""

import asyncio
import logging

from chat.carrier.server import RedisServer

logger = logging.getLogger(__name__)


class Outage:
    """`parts`: those of the layer, by name; Redis works when each part does."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._failing: set[str] = set()
        self._since = 0.0
        self.count = 0

    def __bool__(self) -> bool:
        return bool(self._failing)

    def begins(self, part: str, error: BaseException) -> None:
        """A part of the layer cannot do its work."""
        if not self._failing:
            self.count += 1
            self._since = asyncio.get_running_loop().time()
            logger.error(
                "Redis at %s does not carry events: %s. People here go on; what other processes store is read from"
                " storage, up to two seconds late",
                self._server.name,
                self._server.reason(error),
            )
        self._failing.add(part)

    def ends(self, part: str) -> None:
        """The part works."""
        if self._failing == {part}:
            seconds = asyncio.get_running_loop().time() - self._since
            logger.warning("Redis at %s carries events again, after %.1f s", self._server.name, seconds)
        self._failing.discard(part)
