"""The parts of a run. Each has a `run` that yields measurements, and the `COLUMNS` of its table."""

from benchmarks.parts import (
    amendments,
    comeback,
    connect,
    database,
    fanout,
    flood,
    history,
    imports,
    large_room,
    page,
    receive,
    search,
    slow_disk,
    stalled,
    storage,
)

PARTS = {
    "fanout": fanout,
    "receive": receive,
    "connect": connect,
    "comeback": comeback,
    "history": history,
    "amendments": amendments,
    "storage": storage,
    "database": database,
    "slow_disk": slow_disk,
    "large_room": large_room,
    "flood": flood,
    "imports": imports,
    "search": search,
    "stalled": stalled,
    "page": page,
}
