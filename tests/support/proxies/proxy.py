"""A real proxy that runs the files of deploy/, as shipped but for addresses, certificate and what a test changes.

    with Nginx(server.port) as proxy:
        assert fetch(proxy.url + "/chat/lobby/").status == 200

It needs no root rights and touches nothing of the system's own service: its files are in a temporary folder.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, NamedTuple, Self

from tests.support.certificate import self_signed
from tests.support.live_server import PROJECT, fetch, free_port, wait_until

DEPLOY = PROJECT / "deploy"
STOP_SECONDS = 2
SMALL_BODY = 4000  # bytes; more than `body_limit` allows after a reload


CONFIGS = PROJECT / "tests" / "deploy" / "configs"  # of proxies for which deploy/ has no files
SHIPPED_UPSTREAM = "127.0.0.1:8000"
SHIPPED_CERTIFICATES = "/etc/letsencrypt/live/chat.example.org/"


class Change(NamedTuple):
    """A line of a shipped file, and what a test has in its place."""

    shipped: str
    here: str


class ProxyServer:
    """One kind of proxy in front of 127.0.0.1:upstream_port. `changes` are additional words to replace."""

    name: ClassVar[str]
    package: ClassVar[str]
    program: ClassVar[str]
    files: ClassVar[Path] = DEPLOY
    is_shipped: ClassVar[bool] = True  # in deploy/; the others append to headers, and are not reloaded
    has_tls: ClassVar[bool] = True
    may_cut_on_reload: ClassVar[bool] = False  # open WebSockets
    pipes_handshakes: ClassVar[bool] = False  # forwards a connection unread before the handshake is accepted
    refusals: ClassVar[tuple[int, ...]] = (413,)  # of a body that is too large
    body_limit: ClassVar[Change]  # of 65536 bytes, and one of 1000
    idle_timeout: ClassVar[Change | None]  # of 90 seconds, and one of 4; None when silence ends nothing

    def __init__(self, upstream_port: int, changes: Mapping[str, str] | None = None, *, tls: bool = False) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self.url, self.ws_url = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}"
        self.tls_url, self.tls_ws_url = f"https://127.0.0.1:{self.tls_port}", f"wss://127.0.0.1:{self.tls_port}"
        self.control_port = free_port()  # for the kinds that are told by a connection what to do
        self.upstream_port = upstream_port
        self.tls = tls
        self.changes = dict(changes or {})
        self.folder = Path()
        self.shipped = ""  # all files of deploy/ that this proxy runs with
        self.process: subprocess.Popen[bytes] | None = None
        self._stack = contextlib.ExitStack()

    @classmethod
    def idle_change(cls) -> dict[str, str]:
        """For a proxy with the short timeout."""
        return dict([cls.idle_timeout]) if cls.idle_timeout else {}

    @classmethod
    def path(cls) -> str | None:
        """The installed program. Debian keeps servers off the PATH of plain users."""
        return shutil.which(cls.program) or shutil.which(cls.program, path="/usr/sbin")

    def __enter__(self) -> Self:
        with self._stack:
            prefix = f"chatsite-{self.program}-"
            self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix)))
            write_certificate(self.folder)
            self.write_files()
            assert all(words in self.shipped for words in self.changes), "a test changes words that no file has"
            self._stack.callback(self.kill)
            self.start()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            error.add_note(f"the output of {self.name}:\n{self.output[-4000:]}")
        self._stack.close()

    # What the kinds of proxies do in their own ways

    def write_files(self) -> None:
        """Write the configuration into `folder`."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """What starts the proxy, in the foreground."""
        raise NotImplementedError

    def apply_files(self) -> None:
        """Make the running proxy read its files again."""
        self.send_signal(signal.SIGHUP)

    # What a test does

    def start(self) -> None:
        """Start the process and wait until it listens."""
        with self._log.open("ab") as output:
            self.process = process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), "TMPDIR": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(lambda: process.poll() is not None or is_listening(self.port), f"{self.name} listening")
        assert process.poll() is None, self.output

    def terminate(self) -> None:
        """Stop the proxy as `systemctl stop` does: SIGTERM, and SIGKILL for what does not end in time.

        Apache needs ten seconds while WebSockets are open.
        """
        assert self.process is not None
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill all processes of the proxy; nothing happens when it is not running."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not is_listening(self.port), f"every process of {self.name} gone")

    def reload(self) -> None:
        """Change the limit of bodies and reload; return once the new limit is in force."""
        self.changes[self.body_limit.shipped] = self.body_limit.here
        self.write_files()
        self.apply_files()
        wait_until(self._has_reloaded, f"{self.name} working with its new files")

    def send_signal(self, number: signal.Signals) -> None:
        """To the first process."""
        assert self.process is not None
        self.process.send_signal(number)

    @property
    def output(self) -> str:
        """What the proxy has printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.folder / "proxy.log"

    def _has_reloaded(self) -> bool:
        try:
            return fetch(self.url + "/name/", "POST", body=b"x" * SMALL_BODY).status in self.refusals
        except OSError:
            return False

    def copy(self, shipped: str, here: str, changes: Mapping[str, str]) -> None:
        """One of `files`, with this upstream and these certificates, these changes, and those of the test."""
        text = (self.files / shipped).read_text()
        self.shipped += text
        here_always = {SHIPPED_UPSTREAM: f"127.0.0.1:{self.upstream_port}", SHIPPED_CERTIFICATES: f"{self.folder}/"}
        for old, new in {**self.changes, **changes, **here_always}.items():
            text = text.replace(old, new)
        (self.folder / here).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / here).write_text(text)


class UnshippedProxy(ProxyServer):
    """A proxy with files of the tests' own, which have no TLS."""

    files = CONFIGS
    has_tls = False
    is_shipped = False


def write_certificate(folder: Path) -> None:
    """A self-signed certificate, under the names that certbot uses, and in one file as HAProxy wants it."""
    private, certificate = self_signed("chat.example.org")
    (folder / "fullchain.pem").write_bytes(certificate)
    (folder / "privkey.pem").write_bytes(private)
    (folder / "chatsite.pem").write_bytes(certificate + private)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
