"""A chat with uWebSockets (C++), driven from Python by socketify: publish and subscribe; nothing is stored.

python uws.py PORT         (with socketify installed)
"""

import itertools
import json
import sys
from datetime import UTC, datetime

from socketify import App, CompressOptions, OpCode

MAX_BACKPRESSURE_BYTES = 64 * 2**20  # per client; above it uWebSockets silently drops messages

app = App()
ids = itertools.count(1)


def on_open(ws):
    ws.subscribe("room")


def on_message(ws, data, opcode):
    message = json.loads(data)["message"]
    event = {"id": next(ids), "message": message, "timestamp": datetime.now(UTC).isoformat()}
    app.publish("room", json.dumps(event), OpCode.TEXT)


app.ws(
    "/*",
    {
        "compression": CompressOptions.DISABLED,
        "max_payload_length": 2**20,
        "max_backpressure": MAX_BACKPRESSURE_BYTES,
        "idle_timeout": 120,
        "open": on_open,
        "message": on_message,
    },
)
app.listen({"host": "127.0.0.1", "port": int(sys.argv[1])}, lambda config: None)
app.run()
