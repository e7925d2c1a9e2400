"""`manage.py serve` with one more page, /resources: the counts of everything that must not grow.

With ?collect it collects the garbage first, and tells what is allocated. That is steadier than the memory of the
process, which grows by megabytes when the heap has holes, and says nothing about leaks then.

    python -m tests.support.servers.observed_program 8000

Its timeouts are short, so that a test sees how unused connections and rooms are closed. observed_server.py starts it
as a process: it must not be imported into one that runs tests.
"""

import asyncio
import ctypes
import gc
import json
import os
import sys
import threading
from typing import Any

from channels.layers import get_channel_layer
from django.core.management import call_command

import chatsite.asgi as site  # sets Django up, so it comes before the app
from chat.rooms import open_rooms, presence, storage_pool
from chatsite import server

MALLINFO = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()


class Observed:
    """The site, with the page."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] != "/resources":
            return await self._application(scope, receive, send)
        counts = _resource_counts(send.func.__self__)
        if scope["query_string"] == b"collect":
            counts = {**counts, "garbage": gc.collect(), **_allocated()}
        answer = json.dumps(counts)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer.encode()})


def _resource_counts(daphne: server.Server) -> dict[str, int]:
    layer: Any = get_channel_layer()
    # The pools of the storage make a thread when none is free, so how many there are depends on the moment.
    pooled = [thread for thread in threading.enumerate() if thread.name.startswith(("storage_", "slow-storage_"))]
    return {
        "connections": len(daphne.connections) + len(daphne.legs or ()),
        "rooms": len(site.hub.open_rooms._openings),
        "groups": len(layer.groups),
        "channels": len(layer._local._memberships) + len(layer._local._queues) + len(layer._local._receivers),
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count() - len(pooled),
        "threads beyond the pools": max(0, len(pooled) - 2 * storage_pool.MAX_THREADS),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


class _Mallinfo(ctypes.Structure):
    """What mallinfo2 of glibc returns."""

    _fields_ = [(name, ctypes.c_size_t) for name in MALLINFO]


def _allocated() -> dict[str, int]:
    libc = ctypes.CDLL(None)
    libc.mallinfo2.restype = _Mallinfo
    info = libc.mallinfo2()
    return {"blocks": sys.getallocatedblocks(), "malloc KiB": (info.uordblks + info.hblkhd) // 1024}


def main() -> None:
    open_rooms.IDLE_SECONDS = open_rooms.MAX_IDLE_SECONDS = presence.GRACE_SECONDS = 0.5  # large rooms too
    server.PING_INTERVAL_SECONDS = server.PING_TIMEOUT_SECONDS = 1
    site.application = Observed(site.application)  # type: ignore[assignment]
    call_command("serve", host="127.0.0.1", port=sys.argv[1])


if __name__ == "__main__":
    main()
