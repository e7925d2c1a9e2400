"""What edits and reactions cost: opening a room of a million messages with 200,000 of them, and a page full of them.

`opening`: two edits or reactions for every ten messages, between these; `open again` has the index on the disk that an
earlier opening has left (of rooms above 16 MB). `page`: 50 messages, each edited once and with
ten reactions, read with rendering. `plain` is the same without amendments. `first`: the log was just opened.

python -m benchmarks.parts.amendments FOLDER ROOM      the values of a new process, as JSON
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.machine import BUILD, PROJECT, SERVER_CORE, memory_kib, pin_to
from benchmarks.plan import Column, Measurement, Plan, attempt

TEXT = "so this is what they all read, sixty characters, not a word."
EMOJI = ["\N{THUMBS UP SIGN}", "\N{PARTY POPPER}", "\N{EYES}", "\N{ROCKET}"]
PLAIN, AMENDED, PAGE_PLAIN, PAGE_AMENDED = "plain", "amended", "page-plain", "page-amended"
MESSAGES_PER_AMENDMENT = 5
REACTIONS, PAGE_ROOM_MESSAGES, READS, REOPENINGS = 10, 1000, 50, 9
COLUMNS = [
    Column("open_ms", "open ms"),
    Column("open_again_ms", "open again ms", ",.1f"),
    Column("open_mib", "MiB", ",.1f"),
    Column("records", "records"),
    Column("first_ms", "page first ms", ",.3f"),
    Column("again_ms", "again ms", ",.3f"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """All repeats use the same files; each case has a new process."""
    count = 100_000 if plan.quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="amendments-", dir=BUILD) as name:
        folder = Path(name)
        for room in (PLAIN, AMENDED, PAGE_PLAIN, PAGE_AMENDED):
            _make_room(folder, room, PAGE_ROOM_MESSAGES if room.startswith("page") else count)
        for repeat in range(plan.repeats):
            for room in (PLAIN, AMENDED, PAGE_PLAIN, PAGE_AMENDED):
                yield attempt("amendments", room, "chatsite", repeat, lambda room=room: _in_new_process(folder, room))


def _make_room(folder: Path, room: str, count: int) -> None:
    from chat.storage.json_files.lines import encode_lines
    from chat.storage.json_files.scan import HEADER, TRAILER

    with (folder / f"{room}.json").open("wb") as file:
        file.write(HEADER)
        records, separator = _records(room, count), b""
        while part := list(islice(records, 5000)):
            file.write(separator + b",\n".join(encode_lines(part)))
            separator = b",\n"
        file.write(TRAILER)


def _records(room: str, count: int) -> Iterator[object]:
    from chat.storage.json_files.lines import FORMAT
    from chat.storage.records import Record
    from chat.storage.timestamps import now

    rng, common, last_id = random.Random(1), {"timestamp": now(), "username": "ada"}, 1

    def record(**fields: object) -> Record:
        nonlocal last_id
        last_id += 1
        author = fields.pop("author", "a" * 22)
        client_id = f"{rng.getrandbits(64):016x}"
        return Record(id=last_id, batch=last_id, author=author, client_id=client_id, **common, **fields)

    def edit(target: int) -> Record:
        return record(type="edit", target=target, message=f"{TEXT} Edited.")

    def reaction(target: int, author: str) -> Record:
        return record(type="reaction", target=target, author=author, emoji=rng.choice(EMOJI), on=True)

    yield Record(id=1, type="room", name=room, epoch="0" * 32, format=FORMAT, timestamp=common["timestamp"], batch=1)
    for number in range(1, count + 1):
        message = record(type="message", message=f"{TEXT} {number}")
        yield message
        if room == AMENDED and number % MESSAGES_PER_AMENDMENT == 0:
            yield edit(message.id) if rng.random() < 0.5 else reaction(message.id, "b" * 22)
        if room == PAGE_AMENDED:
            yield edit(message.id)
            yield from (reaction(message.id, f"{reader:022}") for reader in range(REACTIONS))


def _in_new_process(folder: Path, room: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.parts.amendments", str(folder), room],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        preexec_fn=pin_to(SERVER_CORE),
    )
    return json.loads(done.stdout)


def _measure(folder: Path, room: str) -> dict[str, float]:
    return asyncio.run(_pages(folder, room)) if room.startswith("page") else _opening(folder, room)


def _opening(folder: Path, room: str) -> dict[str, float]:
    """CPU time, without the disk."""
    from chat.storage.json_files.companions import index_paths
    from chat.storage.json_files.store import JsonFileStore

    store = JsonFileStore(folder)
    for path in index_paths(folder / f"{room}.json"):
        path.unlink(missing_ok=True)
    before, begin = memory_kib(os.getpid()), time.process_time()
    log = store.open(room)
    opened, after = time.process_time(), memory_kib(os.getpid())
    values = {"open_ms": (opened - begin) * 1000, "open_mib": (after - before) / 1024, "records": log.last_id - 1}
    while log.maintain():
        pass
    log.close()
    return {**values, "open_again_ms": statistics.median(_open_again_ms(folder, room) for _ in range(REOPENINGS))}


def _open_again_ms(folder: Path, room: str) -> float:
    from chat.storage.json_files.store import JsonFileStore

    begin = time.process_time()
    log = JsonFileStore(folder).open(room)
    opened = time.process_time()
    log.close()
    return (opened - begin) * 1000


async def _pages(folder: Path, room: str) -> dict[str, float]:
    """CPU time of all threads: other work on the machine would count several times as much."""
    from chat.rooms.batch_priority import BatchPriority
    from chat.rooms.history_reader import HistoryReader
    from chat.rooms.history_renderer import HistoryRenderer
    from chat.rooms.storage_pool import StoragePool
    from chat.storage.json_files.store import JsonFileStore

    pool, times = StoragePool(), {"first_ms": [], "again_ms": []}
    for _ in range(READS):
        log = JsonFileStore(folder).open(room)
        reader = HistoryReader(log, pool.new_executor(), HistoryRenderer(BatchPriority()), 2**19)
        for found in times.values():
            begin = time.process_time()
            await reader.page(limit=50)
            found.append((time.process_time() - begin) * 1000)
        log.close()
    pool.shutdown()
    return {name: statistics.median(found) for name, found in times.items()}


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), sys.argv[2])))
