"""What is measured. Each part has a `run` that yields measurements, and `COLUMNS`, which say what its table shows."""

from benchmarks.parts import connect, fanout, flood, history, receive, stalled, storage

PARTS = {
    "fanout": fanout,
    "receive": receive,
    "connect": connect,
    "history": history,
    "storage": storage,
    "flood": flood,
    "stalled": stalled,
}
