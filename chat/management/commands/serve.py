"""`manage.py serve`: run the server."""

import os
import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Serves the chat until it is told to stop, and says where it is when it is ready."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="address to listen on")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="port to listen on")

    def handle(self, *args: Any, host: str, port: str, **options: Any) -> None:
        if not port.isdigit() or not 0 < int(port) < 2**16:
            raise CommandError(f"--port {port}: write a number from 1 to 65535.", returncode=2)
        from chatsite.asgi import application, store  # the reactor is chosen on import: not for every command
        from chatsite.server import Server
        from chatsite.websocket_bounds import Allowance

        endpoint = build_endpoint_description_strings(host=host, port=int(port))[0]
        ready = partial(self._ready, host, int(port), store.location)
        server = Server(application, endpoint, ready, Allowance.of(settings.CHAT))
        server.run()
        if server.failed:
            sys.exit(1)

    def _ready(self, host: str, port: int, location: str) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"chatsite is ready: http://{shown}:{port}/")
        self.stdout.write(f"Messages are kept in {location}")
        if host not in {"127.0.0.1", "::1", "localhost"}:
            self.stdout.write(f"It answers to the names {', '.join(settings.ALLOWED_HOSTS)} (DJANGO_ALLOWED_HOSTS).")
