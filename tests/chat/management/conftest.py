"""A storage folder of its own for every test, and the commands over it: in this process, or as a program."""

import dataclasses
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.support.core.command_rooms import Call, Result, Rooms, environment
from tests.support.live_server import PROJECT, TIME_LIMIT


@pytest.fixture
def rooms(tmp_path: Path, settings: Any) -> Rooms:
    folder = tmp_path / "storage"
    folder.mkdir()
    settings.CHAT = dataclasses.replace(settings.CHAT, storage_dir=folder)
    return Rooms(folder)


@pytest.fixture
def call(rooms: Rooms) -> Call:
    """A command in this process; CommandError becomes its exit code."""

    def call(name: str, *arguments: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command(name, *arguments, stdout=out, stderr=err)
        except CommandError as error:
            return Result(error.returncode, out.getvalue(), f"{err.getvalue()}{error}")
        return Result(0, out.getvalue(), err.getvalue())

    return call


@pytest.fixture
def manage(rooms: Rooms) -> Call:
    """A command as a program: `manage.py name ...`, without a terminal."""

    def manage(*arguments: str, stdin: bytes | None = None, **variables: str) -> Result:
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=environment(rooms, **variables),
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
            **given,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return manage
