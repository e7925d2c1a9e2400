#!/usr/bin/env bash
# Daphne 4.2.3: a WebSocket stays open after its application has returned.
#
# When an application ends, for instance a Channels consumer that raises StopConsumer, a server is expected to end the
# connection, as Uvicorn does. Daphne forgets the application and keeps the socket: pings are answered, messages are
# accepted and never read. The client cannot tell this from a healthy connection.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages daphne==4.2.3 Twisted==26.10.0 autobahn==26.10.2 asgiref==3.13.0 websockets==17.4
seen=$(observe <<'PYTHON'
from daphne_server import serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


async def application(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "bye"})


def client(url):
    with connect(url) as client:
        client.recv(timeout=10)
        try:
            client.recv(timeout=5)
        except ConnectionClosed:
            return "the connection is closed"
        except TimeoutError:
            answered = client.ping().wait(5)
            return f"after 5 s the connection is open, a ping is {'answered' if answered else 'not answered'}"


print(serve(application, client))
PYTHON
)
verdict "the connection is closed" "after 5 s the connection is open, a ping is answered" "$seen"
