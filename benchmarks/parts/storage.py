"""What it costs to have a message on the disk: with a hundred waiting, and alone.

`group commit` is chatsite's storage as its server uses it; with a hundred waiting, each post that is acknowledged is
followed by another. `sqlite` is a commit per message, one after the other. `bare` is a write and an fdatasync, nothing
else. They take turns on the same disk, and store the same messages. `socket` is a lone client at a running server:
sent, stored, synced, back.
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
from chat.storage import Draft, Stored
from chat.storage.json_file import JsonFileStore

MESSAGE = "so this is what they all read, sixty characters, not a word."
WAITING, MOST = 100, 500_000
LINE = b'{"id":1000,"type":"message","author":"%s","username":"ada","message":"%s"},\n' % (b"a" * 22, MESSAGE.encode())
COLUMNS = [
    Column("messages_per_second", "messages/s"),
    Column("p50_ms", "p50 ms", ",.3f"),
    Column("p99_ms", "p99 ms", ",.3f"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each way in turn, repeat by repeat, in a folder on the checkout's disk."""
    seconds, lone = (0.5, 100) if plan.quick else (2, 1000)
    for repeat in range(plan.repeats):
        with tempfile.TemporaryDirectory(prefix="storage-", dir=BUILD) as name:
            folder, alone = Path(name), Path(name) / "alone"
            alone.mkdir()
            yield _measured("100 waiting", "group commit", repeat, asyncio.run(_group(folder, seconds)))
            yield _measured("100 waiting", "sqlite", repeat, _sqlite(folder / "chat.sqlite", seconds))
            for way, times in asyncio.run(_lone(alone, lone)).items():
                yield _measured("alone", way, repeat, _summary(times))
        yield attempt("storage", "alone", "socket", repeat, lambda: _socket(plan, seconds))


def _measured(case: str, way: str, repeat: int, values: dict[str, float]) -> Measurement:
    return Measurement("storage", case, way, repeat, values)


def _drafts() -> Iterator[Draft]:
    """Messages made beforehand, more than are stored in time: to make them is the work of those who say them."""
    return iter([Draft(author="a" * 22, username="ada", message=MESSAGE, client_id=f"{n:032x}") for n in range(MOST)])


Post = tuple[Draft, float]  # and the moment at which it set out


class Committer:
    """chatsite's storage as the server uses it: one log, one thread, one group commit.

    `times` says of every message that was stored how long it took. `following` gives what is to be said once as many
    messages are stored.
    """

    def __init__(self, folder: Path, following: Callable[[int], Iterable[Draft]] = lambda number: ()) -> None:
        self.times: list[float] = []
        self._following = following
        self._log = JsonFileStore(folder).open("lobby")
        self._worker = ThreadPoolExecutor(1)
        self._commit: GroupCommit[Post, list[Stored]] = GroupCommit(
            self._write, self._done, storage=self._worker, batch_bytes=2**19, batch_priority=BatchPriority()
        )

    def put(self, drafts: Iterable[Draft]) -> None:
        """Set messages going."""
        moment = time.perf_counter()
        for draft in drafts:
            if not self._commit.enqueue((draft, moment), len(draft.message)):
                raise RuntimeError("the storage does not keep up with a hundred")

    async def drained(self) -> None:
        """Return when nothing is on its way."""
        await self._commit.wait_until_idle()

    def close(self) -> None:
        """Let go of the file and the thread."""
        self._worker.shutdown()
        self._log.close()

    def _write(self, batch: list[Post]) -> list[Stored]:
        return self._log.append([draft for draft, _ in batch])

    async def _done(self, batch: list[Post], outcome: list[Stored] | Exception) -> None:
        if isinstance(outcome, Exception):
            raise outcome
        moment = time.perf_counter()
        self.times.extend([moment - begun for _, begun in batch])
        self.put(self._following(len(batch)))


async def _group(folder: Path, seconds: float) -> dict[str, float]:
    drafts = _drafts()
    begin = time.perf_counter()

    def following(number: int) -> Iterable[Draft]:
        return islice(drafts, number) if time.perf_counter() < begin + seconds else ()

    committer = Committer(folder, following)
    committer.put(following(WAITING))
    await committer.drained()
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


async def _lone(folder: Path, repeats: int) -> dict[str, list[float]]:
    """A message through the group commit, and a bare write with its sync, turn by turn."""
    committer = Committer(folder)
    bare = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    times: list[float] = []
    for draft in islice(_drafts(), repeats):
        committer.put([draft])
        await committer.drained()
        times.append(_timed(lambda: (os.write(bare, LINE), os.fdatasync(bare))))
    os.close(bare)
    committer.close()
    return {"group commit": committer.times, "bare": times}


def _socket(plan: Plan, seconds: float) -> dict[str, float]:
    with Server(plan.peers[0]) as server:
        found = load.run("receive", **server.target, clients=1, senders=1, window=1, warmup=0.5, duration=seconds)
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
    """Percentiles of times in seconds, in milliseconds; and how many of them fit into a second."""
    parts = statistics.quantiles(times, n=100)
    return {"p50_ms": parts[49] * 1000, "p99_ms": parts[98] * 1000, "messages_per_second": 1 / statistics.fmean(times)}
