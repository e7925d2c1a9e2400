#!/usr/bin/env bash
# Daphne 4.2.3: one late answer to a ping ends a connection that answers every ping within the timeout.
#
# By default Daphne sends a ping every 20 seconds and waits 30 seconds for the answer. The next ping within those 30
# seconds replaces the first, whose timer goes on: the answer to the first ping no longer counts, and no other answer
# stops that timer. The program below uses shorter times: a timeout of 6 s, one answer after 3 s, all others immediately.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages daphne==4.2.3 Twisted==26.10.0 autobahn==26.10.2 asgiref==3.13.0
seen=$(observe <<'PYTHON'
import socket
import time
from urllib.parse import urlsplit

from daphne_server import serve

HANDSHAKE = b"""GET / HTTP/1.1
Host: localhost
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
Sec-WebSocket-Version: 13

""".replace(b"\n", b"\r\n")


async def application(scope, receive, send):
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


def stays_open(url, first_answer_after):
    with socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=10) as client:
        client.sendall(HANDSHAKE)
        frames = client.makefile("rb")
        while frames.readline().strip():
            pass
        end, pause = time.monotonic() + 12, first_answer_after
        try:
            while time.monotonic() < end:
                head = frames.read(2)
                if head[:1] != b"\x89":  # anything but a ping
                    return False
                payload = frames.read(head[1])
                time.sleep(pause)
                pause = 0
                client.sendall(bytes((0x8A, 0x80 | len(payload))) + bytes(4) + payload)  # the pong
        except OSError:
            return False
        return True


def client(url):
    words = {True: "stays open", False: "is cut"}
    return f"in time: {words[stays_open(url, 0)]}; one answer 3 s late: {words[stays_open(url, 3)]}"


print(serve(application, client, ping_interval=1, ping_timeout=6))
PYTHON
)
verdict "in time: stays open; one answer 3 s late: stays open" \
    "in time: stays open; one answer 3 s late: is cut" "$seen"
