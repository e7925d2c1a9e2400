"""A peer's server as a process: a free port, a temporary folder, one core, killed at the end."""

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

from benchmarks.machine import BUILD, SERVER_CORE, memory_kib, pin_to
from benchmarks.peers import Peer

START_TIMEOUT_SECONDS = 30
# Prefixes of chatsite's settings. The peer's entry sets them, never the caller's environment.
SETTINGS_PREFIXES = ("DJANGO_", "CHAT_", "DATABASE_URL", "REDIS_URL")
LOG_TAIL_CHARACTERS = 2000


class ServerError(Exception):
    """The server did not start; the text contains the end of its log."""


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
        environment = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS_PREFIXES)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self.peer.command(self.port),
                cwd=self.peer.folder,
                env={**environment, **self.peer.environment(self._storage)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=pin_to(SERVER_CORE),
            )
        try:
            self._wait_until_listening()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            error.add_note(f"end of the log of {self.peer.name}:\n{self._log_tail()}")
        self.kill()
        shutil.rmtree(self.folder)

    def kill(self) -> None:
        """End the process as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """The id of the server process."""
        assert self._process is not None, "the server is used inside its block"
        return self._process.pid

    @property
    def load_options(self) -> dict[str, object]:
        """The load generator's options for this server: address, process, path, message format."""
        peer = self.peer
        wire = {"path": peer.path, "template": peer.template, "first_frame": peer.ready_on_first_frame}
        return {"port": self.port, "pid": self.pid, **wire}

    def memory_kib(self) -> int:
        """Current memory of the process."""
        return memory_kib(self.pid)

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]

    def _wait_until_listening(self) -> None:
        assert self._process is not None, "started above"
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise ServerError(f"{self.peer.name} did not start:\n{self._log_tail()}")


def free_port() -> int:
    """A free port below the range of ephemeral ports, so that no client connection can take it."""
    for port in range(20_000 + os.getpid() % 5000, 32_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerError("no free port between 20000 and 32000")
