"""Whether a message would be stored now: the answer of /readyz."""

import asyncio
import logging

from chat.rooms.cached_call import CachedCall
from chat.rooms.storage_pool import StoragePool
from chat.storage import StorageError, Store

READINESS_TIMEOUT_SECONDS = 2.0  # for storage to write and sync
READINESS_CACHE_SECONDS = 1.0  # anybody may ask, at any rate
logger = logging.getLogger(__name__)


class Readiness:
    """Checks the storage by writing to it."""

    def __init__(self, store: Store, storage_pool: StoragePool) -> None:
        executor = storage_pool.new_executor()  # waits for a thread as a message does
        self._storage_check = CachedCall(lambda: executor.run(store.check_writable))

    async def check(self) -> bool:
        """Whether storage takes a write in time. The fault of a single room does not make the server useless."""
        try:
            async with asyncio.timeout(READINESS_TIMEOUT_SECONDS):
                await self._storage_check.result(READINESS_CACHE_SECONDS)
        except (StorageError, TimeoutError) as error:
            logger.warning("not ready: %r", error)
            return False
        return True
