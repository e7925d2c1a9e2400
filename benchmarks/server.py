"""A peer's server as a process of its own: a free port, a folder that goes with it, one core, killed at the end."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.machine import BUILD, PROJECT, SERVER_CORE, bound_to, cpu_seconds, memory_kib
from benchmarks.peers import Peer

START_SECONDS = 30
OURS = ("DJANGO_", "CHAT_", "DATABASE_URL", "REDIS_URL")  # what configures chatsite comes from its peer entry only


class ServerError(Exception):
    """The server did not start; the text is the end of what it wrote."""


class Server:
    """`with Server(peer) as server:` - it accepts connections inside the block."""

    def __init__(self, peer: Peer, storage: Path | None = None) -> None:
        self.peer = peer
        self.port = free_port()
        BUILD.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=BUILD))  # on the checkout's disk: /tmp may be memory
        self._storage = storage or self.folder / "storage"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self.peer.command(self.port),
                cwd=PROJECT,
                env={**environment, **self.peer.environment(self._storage)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=bound_to(SERVER_CORE),
            )
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            error.add_note(f"{self.peer.name} wrote:\n{self._written()}")
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder)

    @property
    def pid(self) -> int:
        """Of the process that serves."""
        assert self._process is not None, "the server is used inside its block"
        return self._process.pid

    @property
    def target(self) -> dict[str, object]:
        """The options of the load that say where and how."""
        peer = self.peer
        wire = {"path": peer.path, "template": peer.template, "greets": peer.greets}
        return {"port": self.port, "pid": self.pid, **wire}

    def memory_kib(self) -> int:
        """What the process holds just now."""
        return memory_kib(self.pid)

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        return cpu_seconds(self.pid)

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _written(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def _wait_until_it_listens(self) -> None:
        assert self._process is not None, "started above"
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise ServerError(f"{self.peer.name} did not start:\n{self._written()}")


def free_port() -> int:
    """A port below those that the system gives to outgoing connections, so that none of the clients can take it."""
    for port in range(20_000 + os.getpid() % 5000, 32_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerError("no free port between 20000 and 32000")
