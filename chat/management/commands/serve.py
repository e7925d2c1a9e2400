"""`manage.py serve`: the chat, ready to use."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from functools import partial
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter

from chat.conf import SETTINGS


class HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the list of settings."""


class Command(BaseCommand):
    help = "Serves the chat until it is stopped, and prints the URL when it is ready."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="address to listen on")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="port to listen on")
        parser.formatter_class = HelpFormatter
        parser.epilog = _settings_help()

    def handle(self, *args: Any, host: str, port: str, **options: Any) -> None:
        if not port.isdigit() or not 0 < int(port) < 2**16:
            raise CommandError(f"--port {port}: write a number from 1 to 65535.", returncode=2)
        from chatsite.asgi import application, store  # importing it installs the reactor: not for every command
        from chatsite.server import Server
        from chatsite.websocket_bounds import WebSocketBounds

        endpoint = build_endpoint_description_strings(host=host, port=int(port))[0]
        bounds = WebSocketBounds.from_conf(settings.CHAT)
        on_ready = partial(self._on_ready, host, int(port), store.location)
        server = Server(application, endpoint, on_ready, bounds)
        server.run()
        if server.failed:
            sys.exit(1)

    def _on_ready(self, host: str, port: int, location: str) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"chatsite is ready: http://{shown}:{port}/")
        self.stdout.write(f"Messages are kept in {location}")
        if host not in {"127.0.0.1", "::1", "localhost"}:
            self.stdout.write(f"It answers to the names {', '.join(settings.ALLOWED_HOSTS)} (DJANGO_ALLOWED_HOSTS).")


def _settings_help() -> str:
    rows = [f"  {row.variable}={row.default}\n      {row.meaning}" for row in SETTINGS]
    return "\n".join(["settings (environment variables, with their defaults):", *rows])
