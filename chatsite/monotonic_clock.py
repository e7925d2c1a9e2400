"""Timers of this process use the monotonic clock.

Twisted and Daphne use the time of day. When that was set back, by a suspended machine or by its owner, no timer fired
until the clock had caught up: no client was pinged, no slow reader was disconnected, and ended connections were kept.
"""

import time
from types import SimpleNamespace

from daphne import http_protocol, server, ws_protocol

from chatsite.reactor import reactor


def use_monotonic_clock() -> None:
    """Call it before the server starts: timers that exist by then use the other clock."""
    reactor.seconds = time.monotonic
    for module in (http_protocol, server, ws_protocol):
        module.time = SimpleNamespace(time=time.monotonic)
