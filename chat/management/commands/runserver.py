"""`manage.py runserver`: Daphne's, with reload and static files, and a graceful shutdown before it reloads."""

import asyncio
import atexit
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

SHUTDOWN_SECONDS = 5.0


class Command(DaphneCommand):  # type: ignore[misc]  # no types
    def inner_run(self, *args: Any, **options: Any) -> None:
        if options["use_reloader"]:
            atexit.register(_shut_down)
        super().inner_run(*args, **options)


def _shut_down() -> None:
    """Under the reloader the server runs in a thread that ends with the process; this delays the end of the process."""
    from chatsite.asgi import hub
    from chatsite.reactor import reactor

    loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
    if loop.is_running():
        asyncio.run_coroutine_threadsafe(hub.shut_down(), loop).result(SHUTDOWN_SECONDS)
