"""The head of a request: a plain WebSocket upgrade or not, and the answer to one. No I/O.

Attack: a head that this server and the proxy in front of it read as two different requests. Only heads of the plainest
form are read here: each header once, on a line of its own, with no byte that could end it elsewhere, and no body. Any
other head goes to Twisted as it is, which answers or refuses it.
"""

import re
from base64 import b64encode
from hashlib import sha1
from typing import NamedTuple

MAX_HEAD_BYTES = 16 * 1024  # as in Twisted, for a line
MAX_HEADERS = 500  # as there, too
END = b"\r\n\r\n"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nServer: chatsite\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\n\r\n"
)
FAILED = (
    b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n"
)
# A body, a subprotocol and a trailer mean more than an upgrade does.
NOT_PLAIN = frozenset({b"content-length", b"transfer-encoding", b"expect", b"sec-websocket-protocol", b"trailer"})
REQUIRED = frozenset({b"host", b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version"})

# Without `%` in the path and `#` in the query; without `_` in the name of a header, which some proxies take for `-`.
_request_line = re.compile(rb"GET (/[A-Za-z0-9._~/-]*)(?:\?([!-\"$-~]*))? HTTP/1\.1\r\n")
_headers = re.compile(rb"(?:[!#$%&'*+.^`|~0-9A-Za-z-]+:[\t -~\x80-\x84\x86-\xff]*\r\n)+\r\n")
_key = re.compile(rb"[A-Za-z0-9+/]{22}==")


class Upgrade(NamedTuple):
    """A request for a WebSocket. The names of the headers are in lower case."""

    path: str
    query: bytes
    headers: dict[bytes, bytes]

    @property
    def response(self) -> bytes:
        """The answer that accepts it."""
        key = self.headers[b"sec-websocket-key"]
        return SWITCHING % b64encode(sha1(key + GUID, usedforsecurity=False).digest())


def parse_upgrade(head: bytes) -> Upgrade | None:
    """The upgrade in a complete head, with its empty line; None if it is anything else, or not of the plainest form."""
    line = _request_line.match(head)
    if line is None or not _headers.fullmatch(head, line.end()):
        return None
    headers = {}
    lines = head[line.end() : -len(END)].split(b"\r\n")
    for field in lines:
        name, _, value = field.partition(b":")
        headers[name.lower()] = value.strip(b" \t")
    is_plain = (
        len(headers) == len(lines) <= MAX_HEADERS
        and headers.keys() >= REQUIRED
        and headers.keys().isdisjoint(NOT_PLAIN)
    )
    if not is_plain or not _asks_for_websocket(headers):
        return None
    return Upgrade(line[1].decode("ascii"), line[2] or b"", headers)


def _asks_for_websocket(headers: dict[bytes, bytes]) -> bool:
    connection = headers[b"connection"].lower()
    return (
        headers[b"upgrade"].lower() == b"websocket"
        and b"upgrade" in (connection, *map(bytes.strip, connection.split(b",")))
        and headers[b"sec-websocket-version"] == b"13"
        and _key.fullmatch(headers[b"sec-websocket-key"]) is not None
    )
