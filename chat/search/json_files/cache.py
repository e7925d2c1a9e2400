"""The search cache of a room: its folded texts, in a file beside the room's file (json_files/search_lines.py).

It is made in pieces of some milliseconds: first the messages as they are, up to the id that was the newest when it was
begun; from there on what the log gained, record by record. It is never synced, and begun anew when it does not fit:
another version, epoch or generation, or bytes that no cache has. What it leads to is compared with the message itself
before anybody sees it, so a wrong cache costs hits, and shows nothing.

The cache holds nothing of a deleted message. A delete of another process is durable before that process blanks the
lines, for which it takes the lock of the cache. So who appends takes that lock, and then makes sure that the room's
file is still the one that was read.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chat.search.json_files.cached import CacheSnapshot
from chat.search.json_files.lines import line_of, lines_of
from chat.storage import ROOM_RECORD_ID
from chat.storage.json_files import search_lines
from chat.storage.json_files.bulk_texts import Text
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.log import JsonFileLog
from chat.storage.json_files.search_lines import EDIT, HEADER_BYTES, ReadAt
from chat.storage.yielding import let_others_run

Inode = tuple[int, int]
EditLine = tuple[int, int, str]  # the id of the edit, that of the message, the line
VERSION = 1
PIECE_RECORDS = 500  # read and folded in one piece
CHECK_BYTES = 2**20
MIN_EDIT_BYTES, EDIT_SHARE = 2**20, 8  # every search reads all edits: with more than an eighth it is begun anew
logger = logging.getLogger(__name__)


class Header(msgspec.Struct, frozen=True):
    """Of which room a cache is. Up to the id `through` it was made of messages with all of their amendments."""

    version: int
    epoch: str
    generation: str
    through: int


class Unfit(Exception):
    """The cache is not one of this room, or damaged."""


class SearchCache:
    """One room's cache. Not thread-safe: called like the log, one call at a time. No file stays open between calls."""

    def __init__(self, log: JsonFileLog, disk: Disk | None = None) -> None:
        self._log = log
        self._disk = disk or Disk()
        self._path, self._edits_path = search_lines.search_paths(log.path)
        self._forget()

    def _forget(self) -> None:
        self._inode: Inode | None = None  # of the file that was taken in
        self._header = Header(VERSION, "", "", 0)
        self._covered = 0  # the id up to which every record is in it
        self._end = self._edits_end = HEADER_BYTES
        self._last_edit_id = 0
        self._edits: dict[int, int] = {}  # message id -> offset of its newest edit

    @property
    def behind(self) -> int:
        """How many records it lacks; for the event loop: no call to the file system."""
        return self._log.last_id - (self._covered if self._belongs() else 0)

    @property
    def is_there(self) -> bool:
        """Whether there is one of this room, complete or not; for the event loop."""
        return self._inode is not None and self._belongs()

    def _belongs(self) -> bool:
        return (self._header.epoch, self._header.generation) == (self._log.epoch, self._log.generation)

    def snapshot(self) -> CacheSnapshot | None:
        """What a search reads, and closes; None if the cache is not complete. Raises OSError."""
        if not self.is_there or self._covered < self._log.last_id or not self._is_in_place():
            return None
        fds: list[int] = []
        try:
            fds.append(self._disk.open(self._path, os.O_RDONLY))
            if self._edits:
                fds.append(self._disk.open(self._edits_path, os.O_RDONLY))
            return CacheSnapshot(fds, self._end, self._edits_end, self._edits)
        except FileNotFoundError:
            CacheSnapshot(fds, 0, 0, {}).close()
            return None

    def remove(self) -> None:
        """Throw it away. Raises OSError."""
        self._forget()
        search_lines.remove_search_cache(self._disk, self._log.path)

    # Making it

    def advance(self) -> bool:
        """Do a piece of the work, some milliseconds; whether there is more. Raises OSError, `StorageError`."""
        if not self.is_there or not self._is_in_place():
            self._open()
            return True
        if self._covered >= self._log.last_id:
            return False
        self._log.check_disk()
        lines, edits, covered = self._piece()
        if not self._appended(lines, edits):
            return not self.is_there  # another process went on with the cache: load it. Or it changed the room: later
        self._covered = covered
        if self._edits_end - HEADER_BYTES > max(MIN_EDIT_BYTES, self._end // EDIT_SHARE):
            self.remove()
        return True

    def _is_in_place(self) -> bool:
        """Whether the file of this name is the one that was taken in: another process may have removed it."""
        try:
            return _inode(self._disk.stat(self._path)) == self._inode
        except FileNotFoundError:
            return False

    def _open(self) -> None:
        """Open the cache that is there, or begin a new one."""
        try:
            self._load()
        except (FileNotFoundError, Unfit) as error:
            if isinstance(error, Unfit):
                logger.info("%s: the search cache is made anew: %s", self._log.path, error)
            self.remove()
            self._create()

    def _create(self) -> None:
        self._log.check_disk()
        self._header = Header(VERSION, self._log.epoch, self._log.generation, self._log.last_id)
        self._inode = self._new_file(self._path)
        self._covered = ROOM_RECORD_ID

    def _new_file(self, path: Path) -> Inode:
        with self._opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as fd:
            self._disk.write(fd, msgspec.json.encode(self._header).ljust(HEADER_BYTES - 1) + b"\n", 0)
            return _inode(self._disk.stat_open(fd))

    @contextlib.contextmanager
    def _opened(self, path: Path, flags: int) -> Iterator[int]:
        fd = self._disk.open(path, flags)
        try:
            yield fd
        finally:
            self._disk.close(fd)

    # The next lines

    def _piece(self) -> tuple[list[str], list[EditLine], int]:
        """The next lines, the next edits, and the id that is covered with them."""
        through = self._header.through
        is_first = self._covered < through  # of the messages with all of their edits up to now
        page = self._log.texts_after(self._covered, PIECE_RECORDS)
        texts = [text for text in page.texts if not is_first or text.id <= through]
        covered = self._log.last_id if page.complete else page.texts[-1].id if page.texts else self._covered + 1
        covered = min(covered, through) if is_first else covered
        messages = [text for text in texts if text.type == "message" and text.message is not None]
        if is_first:
            messages = [self._newest(text) if text.id in page.edited else text for text in messages]
            return lines_of(messages, covered), [], covered
        edits = [text for text in texts if text.type == "edit" and text.message is not None and text.target]
        return (
            lines_of(messages, covered),
            [(each.id, each.target or 0, line_of(each, each.target)) for each in edits],
            covered,
        )

    def _newest(self, text: Text) -> Text:
        found = self._log.message(text.id)
        return msgspec.structs.replace(text, message=found.record.message if found else "")

    def _appended(self, lines: list[str], edits: list[EditLine]) -> bool:
        try:
            return self._append(lines, edits)
        except FileNotFoundError:  # another process removed it
            return False

    def _append(self, lines: list[str], edits: list[EditLine]) -> bool:
        with search_lines.locked(self._disk, self._path, os.O_RDWR) as fd:
            if not self._is_in_place() or self._log.changed():
                return False
            if self._disk.stat_open(fd).st_size != self._end:
                self._forget()  # another process of chatsite goes on with it
                return False
            self._append_edits([edit for edit in edits if edit[0] > self._last_edit_id])
            data = "".join(lines).encode()
            self._disk.write(fd, data, self._end)
            self._end += len(data)
        return True

    def _append_edits(self, edits: list[EditLine]) -> None:
        if not edits:
            return
        if self._edits_end == HEADER_BYTES:
            self._new_file(self._edits_path)
        data = b""
        for edit_id, target, line in edits:
            self._edits[target] = self._edits_end + len(data)
            self._last_edit_id = edit_id
            data += line.encode()
        with self._opened(self._edits_path, os.O_WRONLY) as fd:
            self._disk.write(fd, data, self._edits_end)
        self._edits_end += len(data)

    # Taking in what is there

    def _load(self) -> None:
        """Raises OSError, `Unfit`."""
        self._forget()
        with self._disk.opened(self._path) as fd:
            self._header = self._read_header(fd)
            if not self._belongs():
                raise Unfit("the room's file is another one")
            self._end = self._checked_end(fd)
            self._covered = self._last_id(self._disk.reader(fd))
            inode = _inode(self._disk.stat_open(fd))
        with contextlib.suppress(FileNotFoundError), self._disk.opened(self._edits_path) as fd:
            if self._read_header(fd) != self._header:
                raise Unfit("the edits belong to another one")
            self._edits_end = self._checked_end(fd)
            self._take_in_edits(self._disk.reader(fd))
        self._inode = inode

    def _read_header(self, fd: int) -> Header:
        try:
            header = msgspec.json.decode(self._disk.read(fd, HEADER_BYTES, 0), type=Header)
        except msgspec.DecodeError as error:
            raise Unfit(str(error)) from None
        if header.version != VERSION:
            raise Unfit("it is of another version")
        return header

    def _checked_end(self, fd: int) -> int:
        """The size of a file that ends with a whole line. What a crash of the machine lost reads as zeros."""
        end = self._disk.stat_open(fd).st_size
        for offset in range(0, end, CHECK_BYTES):
            if b"\0" in self._disk.read(fd, CHECK_BYTES, offset):
                raise Unfit("a part of it was lost")
            let_others_run()
        if end < HEADER_BYTES or self._disk.read(fd, 1, end - 1) != b"\n":
            raise Unfit("its last line is not complete")
        return end

    def _last_id(self, read: ReadAt) -> int:
        if self._end == HEADER_BYTES:
            return ROOM_RECORD_ID
        start = search_lines.last_line(read, HEADER_BYTES, self._end)
        with _as_unfit():
            return search_lines.id_of(read(search_lines.WINDOW, start))

    def _take_in_edits(self, read: ReadAt) -> None:
        offset = HEADER_BYTES
        with _as_unfit():
            while offset < self._edits_end:
                head = read(search_lines.IDS_END[EDIT], offset)
                self._last_edit_id = search_lines.id_of(head)
                self._edits[search_lines.message_id_of(head)] = offset
                offset = search_lines.next_line(offset + 1, HEADER_BYTES, self._edits_end, read)


@contextlib.contextmanager
def _as_unfit() -> Iterator[None]:
    try:
        yield
    except LookupError:
        raise Unfit("a line of it is none") from None


def _inode(status: os.stat_result) -> Inode:
    return status.st_dev, status.st_ino
