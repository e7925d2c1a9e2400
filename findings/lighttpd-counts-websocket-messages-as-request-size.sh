#!/usr/bin/env bash
# lighttpd 1.4.69: server.max-request-size cuts a WebSocket after so many bytes in all, however small the messages are.
#
# The setting bounds the body of a request; the handshake of a WebSocket has none. mod_proxy goes on counting after the
# upgrade: everything that the client sends over the life of the connection, pings and pongs too. With a bound that suits
# forms, every chat works at first and is cut when its user has written enough; the client sees 1006, no reason.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages websockets==17.4
with_debian_packages lighttpd=1.4.69-1 libnettle8=3.8.1-2 libpcre2-8-0=10.42-1 libxxhash0=0.8.1-1
seen=$(observe <<'PYTHON'
import os
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import unix_connect
from websockets.sync.server import unix_serve

DEBIAN = os.environ["debian"]
CONFIGURATION = """
server.modules = ("mod_proxy")
server.document-root = "{folder}"
server.bind = "{folder}/proxy"
server.max-request-size = {kilobytes}
proxy.server = ("" => (("socket" => "{folder}/upstream")))
proxy.header = ("upgrade" => "enable")
"""


def echo(connection):
    with suppress(ConnectionClosed):
        for message in connection:
            connection.send(message)


def start_lighttpd(folder, kilobytes):
    configuration = folder / "lighttpd.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, kilobytes=kilobytes))
    process = subprocess.Popen(
        [f"{DEBIAN}/usr/sbin/lighttpd", "-D", "-m", f"{DEBIAN}/usr/lib/lighttpd", "-f", configuration],
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not (folder / "proxy").exists():
        time.sleep(0.05)
    return process


def answered(path):
    """How many of 200 messages of 1,000 bytes are answered, each sent after the answer to the last one."""
    with unix_connect(path, compression=None) as connection:
        for number in range(200):
            try:
                connection.send("x" * 1000)
                connection.recv(timeout=10)
            except ConnectionClosed:
                return number
        return 200


def behind_lighttpd(kilobytes):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with unix_serve(echo, name + "/upstream") as upstream:
            threading.Thread(target=upstream.serve_forever, daemon=True).start()
            lighttpd = start_lighttpd(folder, kilobytes)
            try:
                return answered(name + "/proxy")
            finally:
                lighttpd.terminate()
                lighttpd.wait()
                upstream.shutdown()


print(f"{behind_lighttpd(1000)} of 200 small messages pass with a bound of 1000 KiB, {behind_lighttpd(64)} with 64 KiB")
PYTHON
)
verdict "200 of 200 small messages pass with a bound of 1000 KiB, 200 with 64 KiB" \
    "200 of 200 small messages pass with a bound of 1000 KiB, 65 with 64 KiB" "$seen"
