"""Builds the load generator of loader/ when it is missing or old, runs it, and reads its JSON result."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.machine import BUILD, LOAD_CORE, pin_to

SOURCES = Path(__file__).with_name("loader")
PROGRAM = BUILD / "load"
TIMEOUT_MARGIN_SECONDS = 200  # added to the run time, for 5000 clients to connect and an overloaded server to drain
Result = dict[str, Any]


class LoadError(Exception):
    """The load generator failed; the text says why."""


def build() -> Path:
    """The program, compiled with the system's cc if a source is newer."""
    newest = max(source.stat().st_mtime for source in SOURCES.iterdir())
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < newest:
        BUILD.mkdir(exist_ok=True)
        draft = PROGRAM.with_name(f"load-{os.getpid()}")  # does not collide with a concurrent build
        subprocess.run(["cc", "-O2", "-std=gnu11", "-o", draft, *sorted(SOURCES.glob("*.c"))], check=True)
        draft.replace(PROGRAM)
    return PROGRAM


def run(mode: str, **options: object) -> Result:
    """Run the load generator to its end. The options are those of loader/options.c; True sets a flag."""
    run_seconds = float(str(options.get("duration", 5))) + float(str(options.get("drain", 10)))
    try:
        done = subprocess.run(
            _arguments(mode, options),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=run_seconds + TIMEOUT_MARGIN_SECONDS,
            preexec_fn=pin_to(LOAD_CORE),
        )
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"no result after {error.timeout:.0f} s") from None
    if done.returncode:
        raise LoadError(done.stderr.decode().strip() or f"ended with {done.returncode}")
    return json.loads(done.stdout)


@contextlib.contextmanager
def run_and_hold(mode: str, **options: object) -> Iterator[Result]:
    """Like `run`, but the clients stay connected until the block is left."""
    process = subprocess.Popen(
        _arguments(mode, {**options, "hold": True}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=pin_to(LOAD_CORE),
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
