"""The one thread of this process that touches the storage: the event loop never waits for a disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class StorageThread(ThreadPoolExecutor):
    """Runs calls one after the other, so that a store and its logs need no locks within a process."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="storage")

    def run(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Call a function in the thread; the future has its result or its exception."""
        return asyncio.get_running_loop().run_in_executor(self, function)
