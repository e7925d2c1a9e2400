"""What a connection leaves behind that refers to itself in a circle, and how it is undone.

Only the garbage collector frees a circle, and it looks at everything after thousands of connections: by then people who
have left take a hundred MiB.
"""

from typing import Any

from daphne.ws_protocol import WebSocketProtocol


def untie(protocol: Any) -> None:
    """Undo the circles of a WebSocket that ended, or of a request that became one."""
    if isinstance(protocol, WebSocketProtocol):
        protocol.is_closed.addCallback(lambda connection: None)  # Autobahn's result of it is the connection itself
    elif protocol.transport is None and protocol.channel is not None:  # it was upgraded
        protocol.channel.requests.clear()
