"""`manage.py runserver`: Daphne's, with reload and static files, that says goodbye before it reloads."""

import asyncio
import atexit
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

GOODBYE_SECONDS = 5.0


class Command(DaphneCommand):  # type: ignore[misc]  # no types
    def inner_run(self, *args: Any, **options: Any) -> None:
        if options["use_reloader"]:
            atexit.register(_say_goodbye)
        super().inner_run(*args, **options)


def _say_goodbye() -> None:
    """Under the reloader the server runs in a thread that dies with the process; this holds the end up for it."""
    from twisted.internet import reactor

    from chatsite.asgi import hub

    loop: asyncio.AbstractEventLoop = vars(reactor)["_asyncioEventloop"]
    if loop.is_running():
        asyncio.run_coroutine_threadsafe(hub.shut_down(), loop).result(GOODBYE_SECONDS)
