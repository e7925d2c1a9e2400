"""`manage.py serve --unix`, and its clients."""

import socket
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.support.live_server import TIME_LIMIT, Client, LiveServer


class UnixServer(LiveServer):
    """A server on a Unix socket beside its storage folder; `options` are of `manage.py serve`."""

    family = socket.AF_UNIX

    def __init__(self, storage: Path, env: Mapping[str, str | None] | None = None, *options: str) -> None:
        super().__init__(storage, "serve", env)
        self.url, self.ws_url = "http://localhost", "ws://localhost"  # for the Host header
        self.path = storage.with_name("chat.sock")
        self.address = str(self.path)
        self._options = options

    def client(self, **query: Any) -> "UnixClient":
        """A client of this server."""
        return UnixClient(self, **query)

    def get(self, path: str) -> int:
        """The status of a GET."""
        connection = HTTPConnection("localhost", timeout=TIME_LIMIT)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(TIME_LIMIT)
        try:
            connection.sock.connect(self.address)
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def _is_healthy(self) -> bool:
        if not self.running:
            raise RuntimeError(f"serve ended with {self._started().returncode} before it was ready")
        try:
            return self.get("/healthz") == 200
        except OSError:
            return False

    def _arguments(self) -> list[str]:
        executable, script, command, *_ = super()._arguments()
        return [executable, script, command, "--unix", self.address, *self._options]


class UnixClient(Client):
    """A WebSocket client in the lobby."""

    def __init__(self, server: UnixServer, **query: Any) -> None:
        super().__init__(server.ws_url, **query)
        self._path = server.path

    def _where(self) -> dict[str, Any]:
        return {"unix": True, "path": str(self._path)}
