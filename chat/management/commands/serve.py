"""`manage.py serve`: the chat, ready to use."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter

from chat.conf import SETTINGS
from chat.management.reachability import own_address, reach_hint

if TYPE_CHECKING:
    from chatsite.unix_socket import UnixSocket


class HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the list of settings."""


class Command(BaseCommand):
    help = "Serves the chat until it is stopped, and prints the URL when it is ready."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="address to listen on (default: HOST from the environment, or 127.0.0.1)")
        parser.add_argument("--port", help="port to listen on (default: PORT from the environment, or 8000)")
        parser.add_argument("--unix", metavar="PATH", help="Unix socket to listen on instead, for a proxy")
        parser.add_argument("--unix-group", metavar="GROUP", help="group that may connect to it: the proxy's")
        parser.formatter_class = HelpFormatter
        parser.epilog = _settings_help()

    def handle(
        self,
        *args: Any,
        host: str | None,
        port: str | None,
        unix: str | None,
        unix_group: str | None,
        **options: Any,
    ) -> None:
        if unix is None:
            if unix_group is not None:
                raise CommandError("--unix-group is the group of a Unix socket: it needs --unix.", returncode=2)
            self._serve_tcp(host or os.environ.get("HOST") or "127.0.0.1", port or os.environ.get("PORT") or "8000")
        elif host is None and port is None:
            self._serve_unix(unix, unix_group or "")
        else:
            raise CommandError("Listen on --unix, or on --host and --port.", returncode=2)

    def _serve_tcp(self, host: str, port: str) -> None:
        if not port.isdigit() or not 0 < int(port) < 2**16:
            raise CommandError(f"--port {port}: write a number from 1 to 65535.", returncode=2)
        endpoint = build_endpoint_description_strings(host=host, port=int(port))[0]
        self._run(endpoint, partial(self._on_tcp_ready, host, int(port)))

    def _serve_unix(self, path: str, group: str) -> None:
        from chatsite.unix_socket import UnixSocket, UnixSocketError

        unix_socket = UnixSocket(path, group)
        try:
            unix_socket.claim()
        except UnixSocketError as error:
            raise CommandError(f"cannot listen: {error}") from None
        self._run(unix_socket.endpoint, partial(self._on_unix_ready, unix_socket))

    def _run(self, endpoint: str, on_ready: Callable[[], None]) -> None:
        from chatsite.asgi import application, leg_options  # importing it installs the reactor: not for every command
        from chatsite.server import Server
        from chatsite.websocket.bounds import WebSocketBounds

        server = Server(application, endpoint, on_ready, WebSocketBounds.from_conf(settings.CHAT), leg_options())
        server.run()
        if server.failed:
            sys.exit(1)

    def _on_tcp_ready(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{port}{settings.CHAT.script_name}/"
        behind_proxy = settings.CHAT.trusted_proxies > 0
        self._write_ready(url, reach_hint(host, settings.ALLOWED_HOSTS, own_address(), behind_proxy=behind_proxy))

    def _on_unix_ready(self, unix_socket: "UnixSocket") -> None:
        unix_socket.give_to_group()
        self._write_ready(f"unix:{unix_socket.path}", reach_hint("", settings.ALLOWED_HOSTS, "", behind_proxy=True))
        if not settings.CHAT.trusted_proxies:
            self.stdout.write(
                "All visitors count as one address, because a Unix socket has none: set CHAT_TRUSTED_PROXIES=1."
            )

    def _write_ready(self, url: str, hint: str) -> None:
        from chatsite import descriptors
        from chatsite.asgi import store

        self.stdout.write(f"chatsite is ready: {url}")
        self.stdout.write(f"Messages are kept in {store.location}")
        if hint:
            self.stdout.write(hint)
        if warning := descriptors.warning_about(settings.CHAT.max_connections_per_address):
            self.stdout.write(warning)


def _settings_help() -> str:
    rows = [f"  {row.variable}={row.default}\n      {row.meaning}" for row in SETTINGS]
    return "\n".join(["settings (environment variables, with their defaults):", *rows])
