"""What waits in this process, waits by the monotonic clock.

Twisted's timers and Daphne go by the time of day. Where that was set back, by a machine that woke up or by somebody who
mended the date, everything stood still until it had caught up: nobody was asked whether they are still there, no slow
reader was dropped, and connections that had ended were kept.
"""

import time
from types import SimpleNamespace
from typing import Any

from daphne import http_protocol, server, ws_protocol
from twisted.internet import reactor


def wait_by_the_monotonic_clock() -> None:
    """Call it before the server starts: what is waiting by then goes by the other clock."""
    core: Any = reactor  # the name is a module to type checkers
    core.seconds = time.monotonic
    for module in (http_protocol, server, ws_protocol):
        module.time = SimpleNamespace(time=time.monotonic)
