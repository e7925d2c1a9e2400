"""Tells of processes on the same Redis that do not hear this one, since their DJANGO_SECRET_KEY is another one.

That is right for two sites, and a mistake for two processes of one site.
"""

import asyncio
import contextlib
import logging

from redis.exceptions import RedisError

from chat.carrier.server import RedisServer

FIRST_SECONDS = 10.0  # until processes that start together have subscribed
ASK_SECONDS = 300.0  # between two questions: Redis looks through its channels each time
GROUP = "processes"  # every process is in it
logger = logging.getLogger(__name__)


class OtherSites:
    """Asks Redis which sites are connected. Channels are called `chatsite:DATABASE:SITE:GROUP`."""

    def __init__(self, server: RedisServer, site: str) -> None:
        self._server = server
        self._site = site
        self._known: set[str] = set()

    async def run(self) -> None:
        """Ask until cancelled. The log is told of each other site once."""
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            with contextlib.suppress(RedisError, OSError):  # Redis is gone, which is logged; or this is not permitted
                self._compare(await self._ask())
            await asyncio.sleep(ASK_SECONDS)

    async def _ask(self) -> set[str]:
        connection = self._server.connection()
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            pattern = f"chatsite:{self._server.database}:*:{GROUP}"
            await connection.send_command("PUBSUB", "CHANNELS", pattern, check_health=False)
            channels = await connection.read_response(disable_decoding=True)
        finally:
            await connection.disconnect(nowait=True)
        return {channel.decode().split(":")[2] for channel in channels} - {self._site}

    def _compare(self, others: set[str]) -> None:
        if others - self._known:
            logger.warning(
                "Redis at %s carries events of another DJANGO_SECRET_KEY too. Processes with different keys do not see"
                " each other's people, and find each other's messages in storage only. Give all processes of one site"
                " the same key, and each site a database number of its own in REDIS_URL",
                self._server.name,
            )
        self._known = others
