#!/usr/bin/env bash
# Autobahn 26.10.2: a close cuts off the messages that were sent before it when the reader needs more than a second.
#
# TCP delivers what was written before a close, however long it takes. Autobahn waits one second for the client's close
# frame and then resets the connection, also while its own messages are still on their way. `send(); close()` with a
# few megabytes loses most of them on a connection of 4 MB/s, and the close code with them. Daphne has no option to
# change the second (Autobahn's closeHandshakeTimeout).
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages autobahn==26.10.2 Twisted==26.10.0 daphne==4.2.3 asgiref==3.13.0 websockets==17.4
seen=$(observe <<'PYTHON'
import time

from daphne_server import serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

COUNT = 384  # of 64 KiB each


async def application(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    for _ in range(COUNT):
        await send({"type": "websocket.send", "bytes": bytes(65_536)})
    await send({"type": "websocket.close", "code": 4000})


def client(url):
    received = 0
    with connect(url, compression=None) as client:
        try:
            while True:
                client.recv(timeout=10)
                received += 1
                time.sleep(0.016)  # 4 MB/s
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 1006
    return f"{'all' if received == COUNT else 'some'} of the messages, then close code {code}"


print(serve(application, client))
PYTHON
)
verdict "all of the messages, then close code 4000" "some of the messages, then close code 1006" "$seen"
