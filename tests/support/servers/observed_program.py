"""`manage.py serve` with one more page, /census: how much there is of everything that must not grow.

    python -m tests.support.servers.observed_program 8000

Its clocks are shortened, so that what it does about connections and rooms that nobody uses is seen in a test. A program
of its own, which census.py starts: it must not be imported into a process that runs tests.
"""

import asyncio
import gc
import json
import os
import sys
import threading
from typing import Any

from channels.layers import get_channel_layer
from django.core.management import call_command

import chatsite.asgi as site  # sets Django up, so it comes before the app
from chat.rooms import hub, presence
from chatsite import server


class Observed:
    """The site, and the page."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] != "/census":
            return await self._application(scope, receive, send)
        garbage = gc.collect() if scope["query_string"] == b"collect" else 0
        answer = json.dumps({"garbage": garbage, **_census(send.func.__self__)})
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer.encode()})


def _census(daphne: server.Server) -> dict[str, int]:
    layer: Any = get_channel_layer()
    return {
        "connections": len(daphne.connections),
        "rooms": len(site.hub.open_rooms._rooms),
        "groups": len(layer.groups),
        "channels": len(layer.channels),
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def main() -> None:
    hub.IDLE_SECONDS = presence.GRACE_SECONDS = 0.5
    server.PING_INTERVAL_SECONDS = server.PING_TIMEOUT_SECONDS = 1
    site.application = Observed(site.application)  # type: ignore[assignment]
    call_command("serve", host="127.0.0.1", port=sys.argv[1])


if __name__ == "__main__":
    main()
