"""The parts of a run. Each has a `run` that yields measurements, and the `COLUMNS` of its table."""

from benchmarks.parts import connect, fanout, flood, history, page, receive, slow_disk, stalled, storage

PARTS = {
    "fanout": fanout,
    "receive": receive,
    "connect": connect,
    "history": history,
    "storage": storage,
    "slow_disk": slow_disk,
    "flood": flood,
    "stalled": stalled,
    "page": page,
}
