"""The owner of the site, at a shell."""

import subprocess
import sys

from tests.support.core.command_rooms import Rooms, environment
from tests.support.live_server import PROJECT, TIME_LIMIT


def manage(rooms: Rooms, *arguments: str) -> str:
    """A management command as a program of its own, beside the running server."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment(rooms),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
