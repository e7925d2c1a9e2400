"""The index of a large room on the disk, `.<room>.index`: so a gigabyte is not scanned at every opening.

It is a cache. It is never synced, and thrown away when it does not fit. It fits if its checksum holds, the lock file's
checkpoint describes the room's file, and both name the same generation: then whatever happened to the file since were
appends of chatsite. Those are scanned from the end of the cache on. It holds no text, and each record that it leads to
is checked when it is read: a wrong cache costs time.

The file: arrays of unsigned 64-bit integers (the runs of ids, the offsets, the kinds, eight of them in one, the
amendments, the table of client_ids), and at its end a footer of `FOOTER_BYTES`, which says how many of each there are.
"""

import contextlib
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from zlib import crc32

import msgspec

from chat.storage import position_table
from chat.storage.json_files.amendments import AmendmentMap
from chat.storage.json_files.atomic_write import write_unsynced
from chat.storage.json_files.companions import index_paths
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.file_status import FileStatus
from chat.storage.json_files.id_runs import IdRuns
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import ReadAt, line_at, record_bytes
from chat.storage.position_table import WORD, PositionTable
from chat.storage.yielding import let_others_run

VERSION = 3  # of the format, and of the hash of client_ids
FOOTER_BYTES = 512
PART_BYTES = 2**17  # written at a time: 0.5 ms
READ_BYTES = 2**20  # read at a time
GROWTH = 64  # it is made anew when the file has grown by this part since: a scan of that takes less than 0.1 s


class Footer(msgspec.Struct, frozen=True):
    """What a cache holds, and of which file. `checksum`: the CRC-32 of this without it, and of all in front."""

    version: int
    byte_order: str
    generation: str
    inode: int
    last_line: int  # the CRC-32 of the line of the last record
    runs: int
    records: int
    amendments: int
    buckets: int  # of the table of client_ids
    client_ids: int
    key: bytes  # of their hashes
    checksum: int = 0

    @property
    def words(self) -> int:
        """How many integers are in front of it."""
        table = self.buckets + 1 + self.client_ids
        return 2 * self.runs + self.records + _words(self.records) + self.amendments + table


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Footer)


class IndexCache:
    """The cache of one room's file. Methods raise OSError."""

    def __init__(self, room_path: Path, disk: Disk) -> None:
        self._path, self._draft = index_paths(room_path)
        self._disk = disk
        self._generation = ""  # of the cache that is on the disk
        self._covered = 0  # bytes of the room's file whose records are in it
        self._is_unfit = False  # whether the one on the disk was thrown away, even if it cannot be removed

    # Reading

    def load(self, status: FileStatus, generation: str, read: ReadAt) -> Index | None:
        """The index of a file of this status and generation, up to some record; None if the cache does not fit."""
        if self._is_unfit:
            return None
        with self._disk.opened(self._path) as fd:
            index = self._index(self._disk.reader(fd), self._disk.stat_open(fd).st_size, status, generation, read)
        if index is not None:
            self.note(index, generation)
        return index

    def _index(self, read_cache: ReadAt, size: int, status: FileStatus, generation: str, read: ReadAt) -> Index | None:
        try:
            footer = _decoder.decode(read_cache(FOOTER_BYTES, max(0, size - FOOTER_BYTES)))
            if not _fits(footer, size, status, generation):
                return None
            index = _read_index(read_cache, footer)
        except (ValueError, OverflowError):  # it is no cache, or a damaged one
            return None
        last = index.offsets[-1]
        return index if last < status.size and _checksum_of_line(read, last) == footer.last_line else None

    # Writing

    def is_due(self, generation: str, end: int, min_growth: int) -> bool:
        """Whether a file of this generation has grown to `end` so far that the cache is to be made anew."""
        covered = self._covered if generation == self._generation else 0
        return end - covered >= max(min_growth, end // GROWTH)

    def note(self, index: Index, generation: str) -> None:
        """This index is on the disk, or it was tried to put it there."""
        self._generation, self._covered = generation, index.offsets[-1]

    def store(self, index: Index, generation: str, inode: int, read: ReadAt, is_current: Callable[[], bool]) -> None:
        """Make the cache anew, unless the file is of another generation when it is written."""
        try:
            write_unsynced(self._disk, self._draft, _parts(index, generation, inode, read))
            if is_current():
                self._disk.rename(self._draft, self._path)
                self._is_unfit = False
        finally:
            with contextlib.suppress(OSError):
                self._disk.remove(self._draft)

    def forget(self) -> None:
        """The one on the disk does not fit any more, whether or not it can be removed."""
        self._generation, self._is_unfit = "", True

    def remove(self) -> None:
        """Throw the cache away."""
        self.forget()
        for path in (self._path, self._draft):
            with contextlib.suppress(FileNotFoundError):
                self._disk.remove(path)


def _fits(footer: Footer, size: int, status: FileStatus, generation: str) -> bool:
    return (
        (footer.version, footer.byte_order) == (VERSION, sys.byteorder)
        and (footer.generation, footer.inode) == (generation, status.inode)
        and 0 < footer.runs <= footer.records < status.size
        and footer.buckets == position_table.BUCKET_COUNT
        and 0 <= footer.client_ids <= footer.records
        and 0 <= footer.amendments < footer.records
        and size == footer.words * WORD + FOOTER_BYTES
    )


def _read_index(read: ReadAt, footer: Footer) -> Index:
    """Raises ValueError if the content is not as it was written."""
    checksum, offset = _seed(footer), 0

    def words(count: int) -> "array[int]":
        nonlocal checksum, offset
        found, stop = array("Q"), offset + count * WORD
        while offset < stop:
            part = read(min(READ_BYTES, stop - offset), offset)
            checksum = crc32(part, checksum)
            found.frombytes(part)
            offset += len(part) or stop
        return found

    ids = IdRuns.restored(words(footer.runs), words(footer.runs), footer.records)
    offsets, kinds = words(footer.records), words(_words(footer.records)).tobytes()[: footer.records]
    amendments = AmendmentMap.restored(words(footer.amendments), footer.records)
    client_ids = PositionTable.restored(footer.key, words(footer.buckets + 1), words(footer.client_ids), footer.records)
    if checksum != footer.checksum or len(offsets) != footer.records:
        raise ValueError("the checksum does not match")
    return Index.cached(ids, offsets, kinds, amendments, client_ids)


def _parts(index: Index, generation: str, inode: int, read: ReadAt) -> Iterator[bytes]:
    table = index.client_ids.stored_parts()
    starts = next(table)
    assert index.client_ids.key is not None, "the table is portable"
    footer = Footer(
        version=VERSION,
        byte_order=sys.byteorder,
        generation=generation,
        inode=inode,
        last_line=_checksum_of_line(read, index.offsets[-1]),
        runs=len(index.ids.firsts),
        records=len(index),
        amendments=len(index.amendments),
        buckets=len(starts) - 1,
        client_ids=starts[-1],
        key=index.client_ids.key,
    )
    checksum = _seed(footer)
    kinds = array("Q", bytes(index.kinds).ljust(_words(len(index)) * WORD, b"\0"))
    arrays = [index.ids.firsts, index.ids.positions, index.offsets, kinds, *index.amendments.sorted(), starts]
    for part in _bytes_of(chain(arrays, table)):
        checksum = crc32(part, checksum)
        yield part
        let_others_run()
    yield _encoder.encode(msgspec.structs.replace(footer, checksum=checksum)).ljust(FOOTER_BYTES)


def _words(count: int) -> int:
    """How many integers hold so many bytes."""
    return -(-count // WORD)


def _checksum_of_line(read: ReadAt, offset: int) -> int:
    return crc32(record_bytes(line_at(read, offset)))


def _seed(footer: Footer) -> int:
    return crc32(_encoder.encode(msgspec.structs.replace(footer, checksum=0)))


def _bytes_of(arrays: Iterable["array[int]"]) -> Iterator[bytes]:
    """Their bytes in parts of about PART_BYTES."""
    waiting, size = [], 0
    for each in arrays:
        for start in range(0, len(each), PART_BYTES // WORD):
            waiting.append(each[start : start + PART_BYTES // WORD].tobytes())
            size += len(waiting[-1])
            if size >= PART_BYTES:
                yield b"".join(waiting)
                waiting, size = [], 0
    yield b"".join(waiting)
