"""What this process sets once for the sake of many connections, and why. docs/speed.md has the figures."""

import gc
import sys
from typing import Any

from autobahn.websocket import protocol

autobahn: Any = protocol  # what it imports is not its own to type checkers

SWITCH_SECONDS = 0.001  # that a thread which renders may hold up the event loop at a time; Python's own choice is 5 ms
# Objects made and not freed before the collector looks at the new ones (Python's own choice: 700), and how often it
# does so before it looks at older ones too. A connection is some 400 objects that stay: by Python's own choice a third
# of the time to accept one went into looking at all the others again.
THRESHOLDS = 10_000, 10, 10


def tune() -> None:
    """Call it when everything is imported: what is there by then stays, and the garbage collector passes it by."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    # Autobahn lays out the 30 options of each connection for a line of its debug log, also when there is none: a fifth
    # of accepting one. As they are, they make the same line, less neatly.
    autobahn.pformat = lambda options: options
