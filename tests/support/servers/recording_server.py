"""A server in chatsite's place that records what a proxy sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class RecordingServer(HTTPServer):
    headers_seen: dict[str, str]  # of the last request; the names are lower-case


class RecordingHandler(BaseHTTPRequestHandler):
    server: RecordingServer

    def do_GET(self) -> None:
        names = {name.lower() for name in self.headers}
        self.server.headers_seen = {name: ", ".join(self.headers.get_all(name, [])) for name in names}
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is for failures."""


@contextmanager
def recording_server() -> Iterator[RecordingServer]:
    """On a free port."""
    server = RecordingServer(("127.0.0.1", 0), RecordingHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
