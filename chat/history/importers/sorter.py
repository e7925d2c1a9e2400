"""Sorts the entries of each room by time, on the disk: exports are in any order, and larger than memory.

Entries are collected, sorted and written as a run of their room. Those that come in order, as most do, are written at
once. Reading a room merges its runs; those that do not overlap follow each other without a merge.
"""

import heapq
import tempfile
from array import array
from collections.abc import Iterator
from itertools import chain
from operator import attrgetter, le, lt
from typing import IO, Any

import msgspec

from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.report import printable
from chat.history.importers.source_ids import Answered, Repeated, SourceIds

MAX_WAITING = 40_000  # entries in memory
MAX_WAITING_CHARACTERS = 2**24  # of their texts
CHUNK = 128  # entries that are read at a time of each run that is merged

_room, _text, _moment = attrgetter("room"), attrgetter("text"), attrgetter("moment")
_source_id, _reply_to = attrgetter("source_id"), attrgetter("reply_to")
_key = attrgetter("moment", "order", "source_id")  # equal ones stay in the order of the reading
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[NeutralEntry])
Key = tuple[int, int, str]


class Run:
    """Sorted entries of one room: the first ones, and what was added since."""

    def __init__(self, first: Key) -> None:
        self.first = self.last = first
        self.count = 0
        self.chunks = array("Q")  # offset and length of each part in the file


class RoomEntries:
    """What was added of one room. `people`: how many authors."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = 0  # moments
        self.runs: list[Run] = []
        self._people: set[str] = set()

    @property
    def people(self) -> int:
        """How many authors there are."""
        return len(self._people)

    def follows(self, key: Key) -> bool:
        """Whether an entry with this key comes behind all of the last run, or there is none."""
        return not self.runs or key >= self.runs[-1].last

    def note(self, entries: list[NeutralEntry]) -> None:
        """Count sorted entries."""
        self.first = min(self.first, entries[0].moment) if self.count else entries[0].moment
        self.last = max(self.last, entries[-1].moment)
        self.count += len(entries)
        self._people.update(map(attrgetter("author_id"), entries))


class Sorter:
    """Takes entries in any order, and gives those of a room in the order of their times. Close it.

    `ids`: which of them stand twice or are named by replies, after `flush`.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self.clear()

    def clear(self) -> None:
        """Forget all entries."""
        self.rooms: dict[str, RoomEntries] = {}
        self.ids = SourceIds(Repeated(), Answered())  # of all rooms
        self._file.seek(0)
        self._end = 0
        self._waiting: dict[str, list[NeutralEntry]] = {}
        self._waiting_count = 0
        self._waiting_characters = 0

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def add(self, entries: list[NeutralEntry]) -> None:
        """Take entries, of which there may be none."""
        rooms = set(map(_room, entries))
        if len(rooms) == 1 and self._is_next(entries):
            return self._store(entries)
        waiting = self._waiting
        for room in rooms:
            if room not in waiting:
                waiting[room] = []
        if len(waiting) == 1:
            next(iter(waiting.values())).extend(entries)
        else:
            for entry in entries:
                waiting[entry.room].append(entry)
        self._waiting_count += len(entries)
        self._waiting_characters += sum(map(len, map(_text, entries)))
        if self._waiting_count >= MAX_WAITING or self._waiting_characters >= MAX_WAITING_CHARACTERS:
            self.flush()
        return None

    def _is_next(self, entries: list[NeutralEntry]) -> bool:
        """Whether entries of one room are sorted, and come behind all others of it."""
        room = entries[0].room
        is_behind = room not in self.rooms or self.rooms[room].follows(_key(entries[0]))
        return room not in self._waiting and is_behind and _is_sorted(entries)

    def flush(self) -> None:
        """Write what waits. To be called when all entries are added."""
        for entries in self._waiting.values():
            if not _is_sorted(entries):
                entries.sort(key=_key)
            self._store(entries)
        self._waiting = {}
        self._waiting_count = self._waiting_characters = 0

    def _store(self, entries: list[NeutralEntry]) -> None:
        """Write sorted entries of one room. A run ends, so that what overlaps it is not merged with all of the room."""
        found = self.rooms.setdefault(entries[0].room, RoomEntries())
        found.note(entries)
        self.ids.repeated.add(filter(None, map(_source_id, entries)))
        self.ids.answered.add(filter(None, map(_reply_to, entries)))
        if not found.runs or found.runs[-1].count >= MAX_WAITING or not found.follows(_key(entries[0])):
            found.runs.append(Run(_key(entries[0])))
        self._write(found.runs[-1], entries)

    def _write(self, run: Run, entries: list[NeutralEntry]) -> None:
        for start in range(0, len(entries), CHUNK):
            data = _encoded(entries[start : start + CHUNK])
            self._file.write(data)
            run.chunks.extend((self._end, len(data)))
            self._end += len(data)
        run.count += len(entries)
        run.last = _key(entries[-1])

    def entries(self, room: str) -> Iterator[NeutralEntry]:
        """The entries of a room in order."""
        runs = self.rooms[room].runs if room in self.rooms else []
        return chain.from_iterable(self._merged(cluster) for cluster in _overlapping(runs))

    def _merged(self, runs: list[Run]) -> Iterator[NeutralEntry]:
        streams = [self._read(run) for run in runs]
        return streams[0] if len(streams) == 1 else heapq.merge(*streams, key=_key)

    def _read(self, run: Run) -> Iterator[NeutralEntry]:
        return chain.from_iterable(map(self._chunk, run.chunks[::2], run.chunks[1::2]))

    def _chunk(self, offset: int, length: int) -> list[NeutralEntry]:
        self._file.seek(offset)
        return _decoder.decode(self._file.read(length))


def _is_sorted(entries: list[NeutralEntry]) -> bool:
    moments = list(map(_moment, entries))
    if all(map(lt, moments, moments[1:])):
        return True
    keys = list(map(_key, entries))
    return all(map(le, keys, keys[1:]))


def _encoded(entries: list[NeutralEntry]) -> bytes:
    """Names of files and of people may hold half of a surrogate pair, which UTF-8 has not."""
    try:
        return _encoder.encode(entries)
    except UnicodeEncodeError:
        return _encoder.encode([_mended(msgspec.structs.asdict(entry)) for entry in entries])


def _mended(fields: dict[str, Any]) -> NeutralEntry:
    mended: dict[str, Any] = {name: printable(it) if isinstance(it, str) else it for name, it in fields.items()}
    mended["reactions"] = tuple(
        NeutralReaction(each.emoji, printable(each.author_id), printable(each.author_name))
        for each in fields["reactions"]
    )
    return NeutralEntry(**mended)


def _overlapping(runs: list[Run]) -> list[list[Run]]:
    """The runs in groups that follow each other in time; those of a group overlap, and are in the order of reading."""
    groups: list[list[int]] = []  # numbers of runs
    end: Key | None = None
    for number in sorted(range(len(runs)), key=lambda each: runs[each].first):
        first = runs[number].first
        if end is None or first > end or (first == end and number > max(groups[-1])):
            groups.append([])
            end = runs[number].last
        groups[-1].append(number)
        end = max(end, runs[number].last)
    return [[runs[number] for number in sorted(group)] for group in groups]
