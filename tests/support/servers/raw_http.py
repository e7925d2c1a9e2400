"""HTTP requests as bytes, for what no HTTP library would send."""

import socket

from tests.support.live_server import TIME_LIMIT
from tests.support.servers.raw_websocket import UPGRADE


def request(port: int, path: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    """The whole response to a request of exactly these bytes."""
    lines = [b"%b %b HTTP/1.1" % (method, path), *headers, b"Connection: close", b"Content-Length: %d" % len(body)]
    return _exchange(port, b"\r\n".join(lines) + b"\r\n\r\n" + body)


def handshake(port: int, path: bytes, *headers: bytes) -> tuple[int, bytes]:
    """The status of a WebSocket handshake, and the response with the first frame if it is accepted."""
    head = b"\r\n".join([b"GET %b HTTP/1.1" % path, *headers]) + b"\r\n" + UPGRADE
    answer = _exchange(port, head, until=b'"type":')
    return int(answer.split(b" ", 2)[1]), answer


def _exchange(port: int, request: bytes, until: bytes | None = None) -> bytes:
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=TIME_LIMIT) as connection:
        connection.sendall(request)
        while part := connection.recv(2**16):
            answer += part
            if until is not None and until in answer:
                break
    return answer
