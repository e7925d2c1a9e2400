"""Lets other threads run between the parts of a long computation.

A thread that waits for the interpreter's lock rarely gets it in a short system call of another thread: it has to wake
up first. Without this a message takes ten times as long while a gigabyte is scanned.

While messages are stored and sent, a storage thread of the server pauses for longer: the event loop gives up the lock
with every frame that it sends, and would wait for a part of the computation each time. It does not pause if one of
these messages waits for the computation itself to end.
"""

import threading
from collections.abc import Callable
from time import monotonic, sleep

SLEEP_SECONDS = 1e-5  # the system makes it about 0.1 ms
POLL_SECONDS = 0.0005  # between two looks whether others are still busy
MAX_PAUSE_SECONDS = 0.005
MAX_PAUSE_FACTOR = 8  # times the part in front of it, so that a computation gets on in a busy room too


class _Thread(threading.local):
    """What one thread yields to, whether another call waits for this one, and when it last began to compute."""

    def __init__(self) -> None:
        self.is_busy: Callable[[], bool] | None = None
        self.is_awaited: Callable[[], bool] | None = None
        self.began_at = 0.0


_thread = _Thread()


def yield_while(is_busy: Callable[[], bool]) -> None:
    """From now on `let_others_run` pauses in this thread while others are busy."""
    _thread.is_busy = is_busy


def hurry_while(is_awaited: Callable[[], bool] | None) -> None:
    """From now on `let_others_run` does not pause in this thread while somebody waits for the end of its call."""
    _thread.is_awaited = is_awaited


def let_others_run() -> None:
    """Sleep for the shortest time, or while others are busy, after each part of about a millisecond or less."""
    ended_at = monotonic()
    sleep(SLEEP_SECONDS)
    if (is_busy := _thread.is_busy) is not None:
        is_awaited = _thread.is_awaited or bool  # by default it is not
        max_seconds = min(MAX_PAUSE_SECONDS, MAX_PAUSE_FACTOR * (ended_at - _thread.began_at))
        pause_while(lambda: is_busy() and not is_awaited(), max_seconds)
        _thread.began_at = monotonic()


def pause_while(is_busy: Callable[[], bool], max_seconds: float) -> None:
    """Sleep while others are busy, for so long at most."""
    resume_at = monotonic() + max_seconds
    while is_busy() and monotonic() < resume_at:
        sleep(POLL_SECONDS)
