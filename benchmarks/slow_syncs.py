"""Runs a Python program whose syncs take longer: python slow_syncs.py MILLISECONDS -m MODULE ..., or ... SCRIPT ..."""

import os
import runpy
import sys
import time
from collections.abc import Callable


def main() -> None:
    """Delay every sync of this process, and run the program in it."""
    delay_seconds = float(sys.argv[1]) / 1000
    os.fsync = _delayed(os.fsync, delay_seconds)
    os.fdatasync = _delayed(os.fdatasync, delay_seconds)
    sys.path[0] = os.getcwd()  # instead of the folder of this file
    del sys.argv[:2]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


def _delayed(sync: Callable[[int], None], delay_seconds: float) -> Callable[[int], None]:
    def delayed_sync(fd: int) -> None:
        time.sleep(delay_seconds)
        sync(fd)

    return delayed_sync if delay_seconds else sync


if __name__ == "__main__":
    main()
