#!/usr/bin/env bash
# apache2-bin 2.4.71: over HTTP/2 a WebSocket message that the server sends together with its handshake is held back.
#
# With `H2WebSockets on` browsers open WebSockets inside their HTTP/2 connection, and mod_proxy passes them on by HTTP/1.1.
# What follows the 101 in the same packet (a greeting, the history of a room) stays in Apache until the server sends more;
# frames of the client do not release it, so a client that waits for the greeting waits without end. By HTTP/1.1, or when
# the greeting comes half a second later, it arrives immediately. The server below greets once and then only listens.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages h2==4.4.1 hpack==4.2.0 hyperframe==6.1.0
with_debian_packages apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 \
    libnghttp2-14=1.52.0-1+deb12u3 libpcre2-8-0=10.42-1
seen=$(observe <<'PYTHON'
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RemoteSettingsChanged

DEBIAN = os.environ["debian"]
MODULES = "\n".join(
    f"LoadModule {name}_module {DEBIAN}/usr/lib/apache2/modules/mod_{name}.so"
    for name in ("mpm_event", "authz_core", "http2", "proxy", "proxy_http")
)
USER = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
CONFIGURATION = """
ServerRoot "{folder}"
ServerName localhost
DefaultRuntimeDir "{folder}"
PidFile "{folder}/pid"
ErrorLog "{folder}/log"
Listen 127.0.0.1:{port}
Protocols h2c http/1.1
H2WebSockets on
ProxyPass / http://127.0.0.1:{upstream_port}/ upgrade=websocket
"""
HANDSHAKE = b"""GET / HTTP/1.1
Host: localhost
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
Sec-WebSocket-Version: 13

""".replace(b"\n", b"\r\n")
EXTENDED_CONNECT = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "http",
    ":path": "/",
    ":authority": "localhost",
    "sec-websocket-version": "13",
}
HELLO = b"\x81\x05hello"


def switching_protocols(request):
    key = re.search(rb"(?i)Sec-WebSocket-Key: (\S+)", request)[1]
    accept = b64encode(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    lines = b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"
    return b"\r\n".join((*lines, b"Sec-WebSocket-Accept: " + accept, b"", b""))


def greet(listener, pause):
    """Accept one WebSocket, say hello after `pause` seconds, and read until its end."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as received:
        answer = switching_protocols(b"".join(iter(received.readline, b"\r\n")))
        if pause:
            connection.sendall(answer)
            time.sleep(pause)
            answer = b""
        connection.sendall(answer + HELLO)
        received.read()


@contextmanager
def apache(upstream_port):
    """Run Apache; yield its port."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        lines = CONFIGURATION.format(folder=folder, port=port, upstream_port=upstream_port)
        configuration = Path(folder, "apache2.conf")
        configuration.write_text(f"{MODULES}\n{USER}\n{lines}")
        process = subprocess.Popen([f"{DEBIAN}/usr/sbin/apache2", "-f", configuration, "-D", "FOREGROUND"])
        try:
            while process.poll() is None and not Path(folder, "pid").exists():
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait()


def http1(connection):
    """The data of a WebSocket by HTTP/1.1, piece by piece."""
    connection.sendall(HANDSHAKE)
    while True:
        yield connection.recv(65536)


def http2(connection):
    """The data of a WebSocket by HTTP/2, piece by piece."""
    protocol = H2Connection(H2Configuration())
    protocol.initiate_connection()
    connection.sendall(protocol.data_to_send())
    asked = False
    while True:
        for event in protocol.receive_data(connection.recv(65536)):
            if isinstance(event, RemoteSettingsChanged) and not asked:
                protocol.send_headers(1, EXTENDED_CONNECT.items())
                asked = True
            if isinstance(event, DataReceived):
                yield event.data
        connection.sendall(protocol.data_to_send())


def outcome(client, pause):
    """Whether the greeting arrives within 5 seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet, args=(listener, pause), daemon=True).start()
        with apache(listener.getsockname()[1]) as port, socket.create_connection(("127.0.0.1", port), 5) as connection:
            try:
                next(data for data in client(connection) if data.endswith(HELLO))
            except TimeoutError:
                return "held back"
            return "arrives"


print(f"HTTP/1.1: {outcome(http1, 0)}; HTTP/2: {outcome(http2, 0)}, half a second later: {outcome(http2, 0.5)}")
PYTHON
)
verdict "HTTP/1.1: arrives; HTTP/2: arrives, half a second later: arrives" \
    "HTTP/1.1: arrives; HTTP/2: held back, half a second later: arrives" "$seen"
