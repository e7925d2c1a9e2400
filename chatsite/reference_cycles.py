"""Breaks the reference cycles that a connection leaves behind.

Only the garbage collector frees a cycle, and it looks at all objects only after thousands of connections. By then the
connections that have ended take a hundred MiB.
"""

from typing import Any

from daphne.ws_protocol import WebSocketProtocol


def break_reference_cycles(protocol: Any) -> None:
    """Break the cycles of a WebSocket that ended, or of a request that became one."""
    if isinstance(protocol, WebSocketProtocol):
        protocol.is_closed.addCallback(lambda connection: None)  # Autobahn's result of it is the connection itself
    elif protocol.transport is None and protocol.channel is not None:  # it was upgraded
        protocol.channel.requests.clear()
