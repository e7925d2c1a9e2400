"""The load generator of loader/: built when it is missing or old, started beside a server, its JSON read."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.machine import BUILD, LOAD_CORE, bound_to

SOURCES = Path(__file__).with_name("loader")
PROGRAM = BUILD / "load"
SLACK = 200  # seconds on top of the asked ones, in which 5000 clients connect and an overloaded server drains
Result = dict[str, Any]


class LoadError(Exception):
    """The load could not be put on a server; the text says why."""


def build() -> Path:
    """The program, compiled with the system's cc if a source is newer."""
    newest = max(source.stat().st_mtime for source in SOURCES.iterdir())
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < newest:
        BUILD.mkdir(exist_ok=True)
        draft = PROGRAM.with_name(f"load-{os.getpid()}")  # who builds at the same moment is not in the way
        subprocess.run(["cc", "-O2", "-std=gnu11", "-o", draft, *sorted(SOURCES.glob("*.c"))], check=True)
        draft.replace(PROGRAM)
    return PROGRAM


def run(mode: str, **options: object) -> Result:
    """Put one load on a server and wait for its end. Options are those of loader/options.c; True is a flag."""
    wanted = float(str(options.get("duration", 5))) + float(str(options.get("drain", 10)))
    try:
        done = subprocess.run(
            _arguments(mode, options),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=wanted + SLACK,
            preexec_fn=bound_to(LOAD_CORE),
        )
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"no result after {error.timeout:.0f} s") from None
    if done.returncode:
        raise LoadError(done.stderr.decode().strip() or f"ended with {done.returncode}")
    return json.loads(done.stdout)


@contextlib.contextmanager
def held(mode: str, **options: object) -> Iterator[Result]:
    """The same, but the clients stay connected until the block is left."""
    process = subprocess.Popen(
        _arguments(mode, {**options, "hold": True}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=bound_to(LOAD_CORE),
    )
    try:
        assert process.stdout, "a pipe"
        assert process.stderr, "a pipe"
        line = process.stdout.readline()  # the program itself gives up after two minutes of connecting
        if not line:
            raise LoadError(process.stderr.read().decode().strip() or "ended without a result")
        yield json.loads(line)
    finally:
        process.kill()
        process.communicate()


def _arguments(mode: str, options: dict[str, object]) -> list[str]:
    given = {name: value for name, value in options.items() if value is not False}
    words = [f"--{name}" if value is True else f"--{name}={value}" for name, value in given.items()]
    return [str(build()), mode, *words]
