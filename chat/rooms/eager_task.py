"""Tasks that begin at once: most of what is started here never waits, and then it needs no task at all."""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from typing import Any


def eager_task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run a coroutine until it waits for something. The rest is a task, which is returned; None: there is no rest.

    What is raised before the first wait is raised here. Until then `work` is in no task, so it must use no timeouts.
    Its log lines have a context of their own, as of work that is shared (chat/entrance/request_id.py).
    """
    context = Context()
    try:
        waits_for = context.run(work.send, None)
    except StopIteration:
        return None
    return asyncio.create_task(_Rest(work, waits_for), context=context)


class _Rest(Coroutine[Any, Any, None]):
    """A coroutine that has begun, for a task: the first step tells the task what it waits for."""

    __slots__ = ("_waits_for", "_work")

    def __init__(self, work: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._work = work
        self._waits_for = waits_for

    def send(self, value: Any) -> Any:
        if self._waits_for is None:
            return self._work.send(value)
        waits_for, self._waits_for = self._waits_for, None
        return waits_for

    def throw(self, *error: Any) -> Any:
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, None]:
        raise NotImplementedError("a task calls `send` and `throw`")
