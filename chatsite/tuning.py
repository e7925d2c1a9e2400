"""Settings of the interpreter for many connections. docs/speed.md has the measurements."""

import gc
import sys
from typing import Any

from autobahn.websocket import protocol

autobahn: Any = protocol  # what it imports is not its own to type checkers

SWITCH_INTERVAL_SECONDS = 0.001  # for which a rendering thread may block the event loop; Python's default is 5 ms
# New objects before the garbage collector looks at them (Python's default: 700), and how often it does so before it
# looks at older ones as well. A connection is about 400 objects that stay. With the defaults, a third of the time to
# accept one went into looking at the objects of all the others again.
GC_THRESHOLDS = 10_000, 10, 10


def tune() -> None:
    """Call it when everything is imported: the garbage collector ignores the objects that exist by then."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    # Autobahn pretty-prints the 30 options of each connection for a line of its debug log, even if nothing is logged: a
    # fifth of the time to accept one. Unformatted, they make the same line, less neatly.
    autobahn.pformat = lambda options: options
