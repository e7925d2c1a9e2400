"""Pauses a server process while its connections stay open, so that a test can see what clients do meanwhile."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.live_server import LiveServer


@contextmanager
def paused(server: LiveServer) -> Iterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)
