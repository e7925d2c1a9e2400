"""The servers that can run the site, and the path of frames to the socket in each of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.support.certificate import self_signed
from tests.support.live_server import Command, LiveServer

NO_RATE_LIMIT = {"CHAT_RATE": "0"}  # tests send faster than people


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


class ServerKind(NamedTuple):
    """A command and its switches, the path of frames as the log names it, and the close code on SIGTERM."""

    command: Command
    direct_writes: str
    frame_path: str
    shutdown_code: int = 4000
    tls: bool = False
    leg: str = "on"

    def server(self, storage: Path, env: Mapping[str, str] | None = None) -> LiveServer:
        """A server of this kind."""
        kind = TlsServer if self.tls else LiveServer
        return kind(storage, self.command, {**(env or {}), **self._switches})

    @property
    def _switches(self) -> dict[str, str]:
        return {"CHAT_DIRECT_WRITES": self.direct_writes, "CHAT_WEBSOCKET_LEG": self.leg}

    def __str__(self) -> str:
        return (
            f"{self.command}{'-tls' if self.tls else ''}-{self.direct_writes}{'' if self.leg == 'on' else '-twisted'}"
        )


DAPHNE_DIRECT = ServerKind("daphne", "on", "Daphne's sockets")
DAPHNE_SEND = ServerKind("daphne", "off", "Daphne's send")
DAPHNE_TLS = ServerKind("daphne", "on", "Daphne's send", tls=True)
OTHER_SERVERS = [
    ServerKind("uvicorn", "on", "the server's send", shutdown_code=1012),
    ServerKind("hypercorn", "on", "the server's send", shutdown_code=1011),
]
SERVER_KINDS = [DAPHNE_DIRECT, DAPHNE_SEND, DAPHNE_TLS, *OTHER_SERVERS]
OWN_COMMANDS = [
    ServerKind("serve", "on", "chatsite's sockets"),
    ServerKind("serve", "on", "Daphne's sockets", leg="off"),
    ServerKind("serve", "off", "Daphne's send"),
    ServerKind("runserver", "on", "Daphne's sockets"),
    ServerKind("runserver", "off", "Daphne's send"),
]
