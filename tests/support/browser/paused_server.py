"""A server that stands still for a moment, with every connection open: what a page shows meanwhile can be looked at."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.live_server import LiveServer


@contextmanager
def frozen(server: LiveServer) -> Iterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)
