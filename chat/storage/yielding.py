"""Lets other threads run between the parts of a long computation.

A thread that waits for the interpreter's lock rarely gets it in a short system call of another thread: it has to wake
up first. Without this a message takes ten times as long while a gigabyte is scanned.
"""

import time

SLEEP_SECONDS = 1e-5  # the system makes it about 0.1 ms


def let_others_run() -> None:
    """Sleep for the shortest time, after each part of about a millisecond or less."""
    time.sleep(SLEEP_SECONDS)
