"""Management commands that the owner runs in a shell beside the running server."""

import subprocess
import sys

from tests.support.core.command_rooms import Rooms, environment
from tests.support.live_server import PROJECT, TIME_LIMIT


def run_command(rooms: Rooms, *arguments: str) -> str:
    """The standard output of `manage.py` with these arguments, in a process of its own."""
    process = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment(rooms),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout
