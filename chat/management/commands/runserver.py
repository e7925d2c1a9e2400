"""`manage.py runserver`: the one of Daphne, which also shuts the hub down gracefully before a reload."""

import asyncio
import atexit
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

SHUTDOWN_SECONDS = 5.0


class Command(DaphneCommand):  # type: ignore[misc]  # no types
    def inner_run(self, *args: Any, **options: Any) -> None:
        if options["use_reloader"]:
            atexit.register(_shut_down_hub)
        super().inner_run(*args, **options)


def _shut_down_hub() -> None:
    """Under the reloader the server runs in a daemon thread: delay the end of the process until clients are told."""
    from twisted.internet import reactor

    from chatsite.asgi import hub

    loop: asyncio.AbstractEventLoop = vars(reactor)["_asyncioEventloop"]
    if loop.is_running():
        asyncio.run_coroutine_threadsafe(hub.shut_down(), loop).result(SHUTDOWN_SECONDS)
