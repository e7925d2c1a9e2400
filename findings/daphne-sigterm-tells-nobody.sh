#!/usr/bin/env bash
# Daphne 4.2.3: on SIGTERM clients get no close frame, and disconnect() of Channels' consumers does not run.
#
# A server that stops in order sends 1001 (going away) or 1012 (service restart), so that clients know that they should
# connect again, and lets the application clean up. Daphne cancels the applications and drops the connections: clients
# see 1006 (abnormal closure), as after a crash, and presence that is kept in Redis or a database stays there.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages channels==4.3.2 daphne==4.2.3 Django==5.2.19 asgiref==3.13.0 Twisted==26.10.0 autobahn==26.10.2 \
    websockets==17.4
cat >"$workspace/site_under_test.py" <<'PYTHON'
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

settings.configure(DATABASES={})


class Consumer(AsyncWebsocketConsumer):
    async def disconnect(self, code):
        print("disconnect() ran", flush=True)


application = Consumer.as_asgi()
PYTHON
seen=$(cd "$workspace" && observe <<'PYTHON'
import socket
import subprocess

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def close_code(client):
    try:
        client.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


with socket.create_server(("127.0.0.1", 0)) as listening:
    port, fd = listening.getsockname()[1], listening.fileno()
    command = ["bin/daphne", "--fd", str(fd), "site_under_test:application"]
    server = subprocess.Popen(command, pass_fds=[fd], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
try:
    with connect(f"ws://127.0.0.1:{port}/", open_timeout=20) as client:
        client.ping().wait(10)
        server.terminate()
        code = close_code(client)
    output, _ = server.communicate(timeout=20)
finally:
    server.kill()
print(f"close code {code}, disconnect() {'ran' if 'disconnect() ran' in output else 'did not run'}")
PYTHON
)
verdict "close code 1001 or 1012, disconnect() ran" "close code 1006, disconnect() did not run" "$seen"
