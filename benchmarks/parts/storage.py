"""The cost of storing a message durably: with a hundred messages queued, and with a single message.

`group commit` is chatsite's storage as its server uses it; with a hundred queued, each stored message is followed by
another. `sqlite` is one commit per message, one after the other. `bare` is only a write and an fdatasync. They run in
turn on the same disk, and store the same messages. `socket` is a single client at a running server: the time from
sending a message until its acknowledgement.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from benchmarks import load
from benchmarks.machine import BUILD
from benchmarks.peers.sqlite import SqliteLog
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.group_commit import GroupCommit
from chat.storage import AppendOutcome, Draft
from chat.storage.json_files.store import JsonFileStore

MESSAGE = "so this is what they all read, sixty characters, not a word."
QUEUED, MAX_DRAFTS = 100, 500_000
LINE = b'{"id":1000,"type":"message","author":"%s","username":"ada","message":"%s"},\n' % (b"a" * 22, MESSAGE.encode())
ONE_CLIENT = {"clients": 1, "senders": 1, "window": 1, "warmup": 0.5}
COLUMNS = [
    Column("messages_per_second", "messages/s"),
    Column("p50_ms", "p50 ms", ",.3f"),
    Column("p99_ms", "p99 ms", ",.3f"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each method in turn, repeat by repeat, in a folder on the checkout's disk."""
    seconds, singles = (0.5, 100) if plan.quick else (2, 1000)
    for repeat in range(plan.repeats):
        with tempfile.TemporaryDirectory(prefix="storage-", dir=BUILD) as name:
            folder, single = Path(name), Path(name) / "alone"
            single.mkdir()
            yield _measured("100 waiting", "group commit", repeat, asyncio.run(_group_commit(folder, seconds)))
            yield _measured("100 waiting", "sqlite", repeat, _sqlite(folder / "chat.sqlite", seconds))
            for method, times in asyncio.run(_single_messages(single, singles)).items():
                yield _measured("alone", method, repeat, _summary(times))
        yield attempt("storage", "alone", "socket", repeat, lambda: _socket(plan, seconds))


def _measured(case: str, method: str, repeat: int, values: dict[str, float]) -> Measurement:
    return Measurement("storage", case, method, repeat, values)


def _drafts() -> Iterator[Draft]:
    """More messages than one run can store. They are built in advance: building them is no work of the storage."""
    numbers = range(MAX_DRAFTS)
    return iter([Draft(author="a" * 22, username="ada", message=MESSAGE, client_id=f"{n:032x}") for n in numbers])


Post = tuple[Draft, float]  # a message and the time when it was queued


class Committer:
    """chatsite's storage as the server uses it: one log, one thread, one group commit.

    `times` holds the seconds from queueing to durability of every stored message. `next_drafts(count)` returns the
    messages to queue after `count` messages were stored.
    """

    def __init__(self, folder: Path, next_drafts: Callable[[int], Iterable[Draft]] = lambda count: ()) -> None:
        self.times: list[float] = []
        self._next_drafts = next_drafts
        self._log = JsonFileStore(folder).open("lobby")
        self._worker = ThreadPoolExecutor(1)
        self._commit: GroupCommit[Post, list[AppendOutcome]] = GroupCommit(
            self._write,
            self._on_complete,
            executor=self._worker,
            batch_bytes=2**19,
            batch_priority=BatchPriority(),
        )

    def put(self, drafts: Iterable[Draft]) -> None:
        """Queue messages."""
        moment = time.perf_counter()
        for draft in drafts:
            if not self._commit.enqueue((draft, moment), len(draft.message)):
                raise RuntimeError("the queue of the group commit is full")

    async def wait_until_idle(self) -> None:
        """Return when the queue is empty and nothing is being written."""
        await self._commit.wait_until_idle()

    def close(self) -> None:
        """Close the file and end the thread."""
        self._worker.shutdown()
        self._log.close()

    def _write(self, batch: list[Post]) -> list[AppendOutcome]:
        return self._log.append([draft for draft, _ in batch])

    async def _on_complete(self, batch: list[Post], outcome: list[AppendOutcome] | Exception) -> None:
        if isinstance(outcome, Exception):
            raise outcome
        moment = time.perf_counter()
        self.times.extend([moment - queued_at for _, queued_at in batch])
        self.put(self._next_drafts(len(batch)))


async def _group_commit(folder: Path, seconds: float) -> dict[str, float]:
    drafts = _drafts()
    begin = time.perf_counter()

    def next_drafts(count: int) -> Iterable[Draft]:
        return islice(drafts, count) if time.perf_counter() < begin + seconds else ()

    committer = Committer(folder, next_drafts)
    committer.put(next_drafts(QUEUED))
    await committer.wait_until_idle()
    elapsed = time.perf_counter() - begin
    committer.close()
    return _summary(committer.times) | {"messages_per_second": len(committer.times) / elapsed}


def _sqlite(path: Path, seconds: float) -> dict[str, float]:
    log, times, drafts = SqliteLog(path), [], _drafts()
    begin = time.perf_counter()
    while time.perf_counter() < begin + seconds:
        draft = next(drafts)
        times.append(_timed(lambda draft=draft: log.append(draft)))
    elapsed = time.perf_counter() - begin
    log.close()
    return _summary(times) | {"messages_per_second": len(times) / elapsed}


async def _single_messages(folder: Path, repeats: int) -> dict[str, list[float]]:
    """In turn, one message through the group commit, and one write with its sync."""
    committer = Committer(folder)
    bare = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    times: list[float] = []
    for draft in islice(_drafts(), repeats):
        committer.put([draft])
        await committer.wait_until_idle()
        times.append(_timed(lambda: (os.write(bare, LINE), os.fdatasync(bare))))
    os.close(bare)
    committer.close()
    return {"group commit": committer.times, "bare": times}


def _socket(plan: Plan, seconds: float) -> dict[str, float]:
    with Server(plan.peers[0]) as server:
        found = load.run("receive", **server.load_options, **ONE_CLIENT, duration=seconds)
    return {
        "messages_per_second": found["acknowledged_per_second"],
        "p50_ms": found["latency_ms"]["p50"],
        "p99_ms": found["latency_ms"]["p99"],
    }


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _summary(times: list[float]) -> dict[str, float]:
    """Percentiles in milliseconds of times in seconds, and the messages per second at the mean time."""
    cuts = statistics.quantiles(times, n=100)
    return {"p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000, "messages_per_second": 1 / statistics.fmean(times)}
