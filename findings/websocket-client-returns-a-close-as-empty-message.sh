#!/usr/bin/env bash
# websocket-client 1.9.2: recv() answers the server's close with "", as it answers an empty message.
#
# A loop over recv() is expected to end with an exception that carries the close code. The first call after the close
# returns an empty string instead and the code is gone; only the call after that raises an error, which speaks of a lost
# connection.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages websocket-client==1.9.2 websockets==17.4
seen=$(observe <<'PYTHON'
import threading

import websocket
from websockets.sync.server import serve


def handler(connection):
    connection.send("")
    connection.close(4001, "not allowed")


with serve(handler, "127.0.0.1", 0) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = websocket.create_connection(f"ws://127.0.0.1:{server.socket.getsockname()[1]}/", timeout=10)
    results = []
    for _ in range(3):
        try:
            results.append(repr(client.recv()))
        except websocket.WebSocketException as error:
            results.append(type(error).__name__)
    server.shutdown()
print(*results, sep=", ")
PYTHON
)
verdict "'', an exception with 4001" "'', '', WebSocketConnectionClosedException" "$seen"
