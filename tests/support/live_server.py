"""Real servers and real clients for tests: a process on a free port, with a storage folder of its own.

    with LiveServer(tmp_path / "storage") as server:
        assert fetch(server.url + "/healthz").status == 200
        async with Client(server.ws_url, username="ada") as ada:
            event = await ada.say("hi")

Nothing here sleeps for a fixed time: everything waits for a condition, at most TIME_LIMIT seconds. The environment
variable TEST_TIME_LIMIT raises that for a slow machine.
"""

import asyncio
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PROJECT = Path(__file__).resolve().parents[2]
TIME_LIMIT = float(os.environ.get("TEST_TIME_LIMIT", "60"))  # seconds, for anything a test waits for
POLL_SECONDS = 0.02  # between two checks of a condition

Command = Literal["daphne", "serve", "runserver", "uvicorn", "hypercorn"]
Answer = TypeVar("Answer")

# The settings of the site come from the test, never from the environment of the test run.
SITE_VARIABLES = ("DJANGO_", "CHAT_", "DATABASE_URL", "REDIS_URL")


def wait_until(condition: Callable[[], Answer], what: str) -> Answer:
    """The first true result of condition; TimeoutError with `what` when there is none within TIME_LIMIT."""
    deadline = time.monotonic() + TIME_LIMIT
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {TIME_LIMIT:g} s")
        time.sleep(POLL_SECONDS)
    return answer


def free_port() -> int:
    """A free port, below the range that the system uses for outgoing connections.

    Otherwise a client's socket could take the port of a server while that restarts.
    """
    for _ in range(100):
        port = random.randint(15_000, 30_000)  # noqa: S311 (a port, not a secret)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 15000 and 30000 in 100 tries")


# HTTP


@dataclass(frozen=True)
class Response:
    """A whole response; redirects are not followed and no status raises."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


def fetch(
    url: str,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
) -> Response:
    """One request on a connection of its own, without the proxy of the environment."""
    target = urlsplit(url)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    connection: HTTPConnection
    if target.scheme == "https":
        connection = HTTPSConnection(target.hostname or "", target.port, timeout=TIME_LIMIT, context=unverified_tls())
    else:
        connection = HTTPConnection(target.hostname or "", target.port, timeout=TIME_LIMIT)
    try:
        connection.request(method, path, body=body, headers={"Connection": "close", **(headers or {})})
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def unverified_tls() -> ssl.SSLContext:
    """TLS without verification of the certificate: tests sign their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def responds_ok(url: str) -> bool:
    """Whether a GET of url returns 200 now."""
    try:
        return fetch(url).status == 200
    except (OSError, HTTPException):
        return False


# The server


class LiveServer:
    """The site as users run it. `env` adds to the environment; a value of None removes a variable.

    The port stays the same over kill(), terminate() and start(), so that clients can reconnect. The output of the
    process is collected in `log`, beside the storage folder, and shown when it does not start.
    """

    family = socket.AF_INET

    def __init__(
        self,
        storage: Path,
        command: Command = "daphne",
        env: Mapping[str, str | None] | None = None,
        port: int | None = None,
    ) -> None:
        self.storage = storage
        self.command = command
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}"
        self.address: tuple[str, int] | str = ("127.0.0.1", self.port)  # for a socket of `family`
        self.log = storage.with_name(f"{storage.name}-{self.port}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self._env = self._environment(env or {})

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.kill()
        if error is not None:
            error.add_note(f"the server's output ({self.log}):\n{self.output[-4000:]}")

    def start(self) -> Self:
        """Start the process and wait until it is healthy."""
        if self.running:
            raise RuntimeError("the server is running already")
        self.storage.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._arguments(), cwd=PROJECT, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            wait_until(self._is_healthy, f"{self.command} on port {self.port} answering /healthz")
        except BaseException as error:
            self.kill()
            error.add_note(f"the server's output ({self.log}):\n{self.output[-4000:]}")
            raise
        return self

    def terminate(self) -> int:
        """Send SIGTERM, as an operator does, and wait; the exit code."""
        process = self._started()
        process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """Send SIGKILL, which is like a crash; nothing happens when it is not running."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(TIME_LIMIT)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A management command on the same folder, whether the server runs or not."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=PROJECT, env=self._env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    def wait(self) -> int:
        """Wait for the process to end; the exit code. A process that does not end is killed, and that raises."""
        process = self._started()
        try:
            return process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def descriptors(self) -> int:
        """The number of open files and sockets of the process. Linux only."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @property
    def memory_kib(self) -> int:
        """The resident memory of the process. Linux only."""
        return int(Path(f"/proc/{self.pid}/status").read_text().split("VmRSS:")[1].split()[0])

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def output(self) -> str:
        """The output of every process of this server so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _is_healthy(self) -> bool:
        if not self.running:
            raise RuntimeError(f"{self.command} ended with {self._started().returncode} before it was ready")
        return responds_ok(self.url + "/healthz")

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise RuntimeError("the server was never started")
        return self.process

    def _arguments(self) -> list[str]:
        port = str(self.port)
        application = "chatsite.asgi:application"
        arguments = {
            "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", port, application],
            "serve": ["manage.py", "serve", "--host", "127.0.0.1", "--port", port],
            "runserver": ["manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
            "uvicorn": ["-m", "uvicorn", "--host", "127.0.0.1", "--port", port, application],
            # Without workers its first process serves, and is the one to kill. Its shutdown timeout is 3 s. Without
            # uvloop it has none: from Python 3.12.1 on it waits for its clients to leave (docs/operations.md).
            "hypercorn": [
                *("-m", "hypercorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "uvloop"),
                *("--workers", "0", "--graceful-timeout", "1", application),
            ],
        }
        return [sys.executable, *arguments[self.command]]

    def _environment(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(SITE_VARIABLES)}
        site = {
            "DJANGO_SETTINGS_MODULE": "chatsite.settings",
            "CHAT_STORAGE_DIR": str(self.storage),
            "PYTHONUNBUFFERED": "1",
        }
        wanted = {**inherited, **site, **changes}
        return {name: value for name, value in wanted.items() if value is not None}


# The WebSocket client


class Client:
    """A WebSocket client in a room; every other keyword is a part of the URL's query.

    `frames` has everything that was received, in order. receive() returns each frame once.
    """

    def __init__(
        self,
        ws_url: str,
        room: str = "lobby",
        *,
        headers: Mapping[str, str] | None = None,
        origin: str | None = None,
        keepalive: bool = True,
        local_address: str | None = None,
        **query: object,
    ) -> None:
        self.url = f"{ws_url}/ws/chat/{room}/" + (f"?{urlencode(query)}" if query else "")
        self.frames: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}
        self._headers = {"Origin": origin, **(headers or {})} if origin else dict(headers or {})
        self._local_addr = (local_address, 0) if local_address else None
        self._ping_interval = 20 if keepalive else None  # seconds; without a pong the library closes
        self._unread: deque[dict[str, Any]] = deque()
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self.url,
            additional_headers=self._headers,
            proxy=None,
            ssl=unverified_tls() if self.url.startswith("wss:") else None,
            open_timeout=TIME_LIMIT,
            ping_interval=self._ping_interval,
            max_size=None,
            **self._where(),
        )
        try:
            self.welcome = await self.receive("welcome")
        except BaseException:
            self.abort()
            raise
        return self

    def _where(self) -> dict[str, Any]:
        """More options for connecting: from where, or to where if the URL does not say it."""
        return {"local_addr": self._local_addr} if self._local_addr else {}

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    def abort(self) -> None:
        """Close without a close frame, like a client whose battery is empty."""
        self._connection.transport.abort()

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Every frame as it is received, until ConnectionClosed."""
        while True:
            yield await self._read()

    async def send(self, **frame: object) -> None:
        """Send a frame as JSON."""
        await self._connection.send(json.dumps(frame))

    async def send_text(self, text: str) -> None:
        """Send exactly this text, for invalid frames."""
        await self._connection.send(text)

    async def say(self, message: str, **fields: object) -> dict[str, Any]:
        """Post a message and wait for its acknowledgement: its own event, or an error."""
        client_id = str(fields.setdefault("client_id", uuid.uuid4().hex))
        await self.send(type="message", message=message, **fields)
        return await self.receive(where=lambda frame: frame.get("client_id") == client_id)

    async def receive(
        self, kind: str | None = None, *, where: Callable[[dict[str, Any]], bool] = lambda frame: True
    ) -> dict[str, Any]:
        """The next unread frame of this type that matches `where`. The ones before it stay unread."""
        passed: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(TIME_LIMIT):
                while True:
                    frame = self._unread.popleft() if self._unread else await self._read()
                    if kind in (None, frame.get("type")) and where(frame):
                        return frame
                    passed.append(frame)
        except TimeoutError as error:
            raise TimeoutError(f"no {kind or 'matching frame'} within {TIME_LIMIT:g} s; received: {passed}") from error
        finally:
            self._unread.extendleft(reversed(passed))

    async def collect(self, kind: str, count: int) -> list[dict[str, Any]]:
        """The next `count` frames of this type."""
        return [await self.receive(kind) for _ in range(count)]

    async def close_code(self) -> int:
        """Read until the server closes; the close code (1006 without a close frame)."""
        try:
            async with asyncio.timeout(TIME_LIMIT):
                while True:
                    self._unread.append(await self._read())
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The message events received so far, read or not."""
        return [frame for frame in self.frames if frame.get("type") == "message"]

    @property
    def _connection(self) -> ClientConnection:
        if self._socket is None:
            raise RuntimeError("the client is not connected: use it with `async with`")
        return self._socket

    async def _read(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self._connection.recv())
        self.frames.append(frame)
        return frame
