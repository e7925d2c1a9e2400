"""An outside server for tests, such as PostgreSQL or Redis, on a free port; it can be stopped, killed and paused.

Its folder is one of its own, with a short path (a Unix socket's has at most 107 bytes) that another user can reach.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from tests.support.live_server import TIME_LIMIT, free_port, wait_until


class Engine(ABC):
    """The port stays the same over stop(), kill() and start(), so that clients can reconnect."""

    user: str | None = None  # who runs it, if the tests run as root

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = Path()

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="chatsite-"))
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        try:
            self.prepare()
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *error: object) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """Make what the first start needs in the folder."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers now."""

    def start(self) -> Self:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = self._run(self.command(), stdout=log)
        try:
            wait_until(self._is_ready, f"{self.command()[0]} on port {self.port}")
        except BaseException as error:
            error.add_note(self.log.read_text(errors="replace")[-4000:])
            raise
        return self

    def stop(self) -> None:
        """Stop it as an operator does: what it has promised is stored, connections are closed."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End all its processes at once, like a crash; nothing happens when it is not running."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Its connections stay open, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.pause()
        try:
            yield
        finally:
            self.resume()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def _user(self) -> str | None:
        return self.user if os.geteuid() == 0 else None

    def _run(self, command: list[str], stdout: IO[bytes]) -> subprocess.Popen[bytes]:
        group = pwd.getpwnam(self._user).pw_gid if self._user else None
        return subprocess.Popen(
            command,
            cwd=self.folder,
            user=self._user,
            group=group,
            extra_groups=None if group is None else [],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests
        )

    def _is_ready(self) -> bool:
        if not self.running:
            raise RuntimeError(f"{self.command()[0]} ended before it was ready")
        return self.is_ready()

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        pids = self._pids()
        self._signal(number) if number == signal.SIGKILL else self.process.send_signal(number)
        self.process.wait(TIME_LIMIT)
        wait_until(lambda: not any(map(_is_alive, pids)), "the end of all its processes")
        self.process = None

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _pids(self) -> list[int]:
        """The process and its children. Linux only."""
        if self.process is None or not self.running:
            return []
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
