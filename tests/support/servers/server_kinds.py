"""The servers that can run the site, and the way that frames take out of each of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.support.certificate import self_signed
from tests.support.live_server import Command, LiveServer

NO_LIMIT = {"CHAT_RATE": "0"}  # tests talk faster than people


class TlsServer(LiveServer):
    """A Daphne that does TLS by itself, with a certificate of its own making."""

    def __init__(self, storage: Path, command: Command = "daphne", env: Mapping[str, str | None] | None = None) -> None:
        super().__init__(storage, command, env)
        self.url = f"https://127.0.0.1:{self.port}"
        self.ws_url = f"wss://127.0.0.1:{self.port}"
        self._pem = storage.with_name(f"{storage.name}-{self.port}.pem")
        self._pem.write_bytes(b"".join(self_signed("localhost")))

    def _arguments(self) -> list[str]:
        executable, option, module, *_, application = super()._arguments()
        endpoint = f"ssl:port={self.port}:interface=127.0.0.1:privateKey={self._pem}:certKey={self._pem}"
        return [executable, option, module, "-e", endpoint, application]


class Way(NamedTuple):
    """How the site is served, what the log calls the way of its frames, and how SIGTERM ends a connection."""

    command: Command
    direct: str
    logged: str
    shut_down: int = 4000
    tls: bool = False

    def server(self, storage: Path, env: Mapping[str, str] | None = None) -> LiveServer:
        """A server over a folder; with CHAT_DIRECT_WRITES as this way wants it."""
        kind = TlsServer if self.tls else LiveServer
        return kind(storage, self.command, {**(env or {}), "CHAT_DIRECT_WRITES": self.direct})

    def __str__(self) -> str:
        return f"{self.command}{'-tls' if self.tls else ''}-{self.direct}"


DIRECT = Way("daphne", "on", "Daphne's sockets")
SEND = Way("daphne", "off", "Daphne's send")
TLS = Way("daphne", "on", "Daphne's send", tls=True)
OTHERS = [
    Way("uvicorn", "on", "the server's send", shut_down=1012),
    Way("hypercorn", "on", "the server's send", shut_down=1011),
]
WAYS = [DIRECT, SEND, TLS, *OTHERS]
COMMANDS = [
    Way("serve", "on", "Daphne's sockets"),
    Way("serve", "off", "Daphne's send"),
    Way("runserver", "on", "Daphne's sockets"),
    Way("runserver", "off", "Daphne's send"),
]
