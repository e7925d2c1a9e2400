"""The lines of a room's search cache, `.<room>.search`: how they are laid out, found by id, and blanked.

Search (chat/search) makes the cache from the texts of a room. It is derived from the room's file, so whoever changes
that may remove it, and must do so when words are taken out; a delete blanks the lines of its message instead.

Two files with the same layout: a header, then a line for each record, in the order of ids. `.<room>.search` has the
messages, `.<room>.search.edits` the edits that came after it was made. A line:

    kind  id  [message id]  time  author  link  code  text

Folded text has no capital letters and no control characters. So numbers are written in capital letters (base 26), and
flags as control characters: a word that is looked for is found in texts only.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from string import ascii_uppercase

from chat.storage.json_files.disk import Disk

HEADER_BYTES = 256
SHORT, LONG, EDIT, MARK = b"MNEC"  # kinds: a message, one with a large id, an edit, an id that has no text
SHORT_ID, LONG_ID, TIME, AUTHOR = 6, 12, 9, 3  # letters
AUTHORS = 26 * 26 * 26
MAX_SHORT_ID, MAX_TIME = AUTHORS**2 - 1, AUTHORS**3 - 1
META = TIME + AUTHOR + 2  # letters and flags in front of a text, behind the ids
ID_END = {SHORT: 1 + SHORT_ID, LONG: 1 + LONG_ID, EDIT: 1 + LONG_ID, MARK: 1 + LONG_ID}
IDS_END = {**ID_END, EDIT: 1 + 2 * LONG_ID}
WINDOW = 4096  # bytes read to find the end of a line

ReadAt = Callable[[int, int], bytes]
_triples: list[str] = ["".join(letters) for letters in product(ascii_uppercase, repeat=3)]


def search_paths(room_path: Path) -> tuple[Path, Path]:
    """The cache of a room's file, and that of its edits."""
    stem = room_path.stem
    return room_path.with_name(f".{stem}.search"), room_path.with_name(f".{stem}.search.edits")


# Numbers


def short_id(number: int) -> str:
    """At most `MAX_SHORT_ID`, in letters."""
    return _triples[number // AUTHORS] + _triples[number % AUTHORS]


def long_id(number: int) -> str:
    """Any id, in letters."""
    high, low = divmod(number, MAX_SHORT_ID + 1)
    return short_id(high) + short_id(low)


def time_letters(milliseconds: int) -> str:
    """A time since 1970, in letters; one outside of the range is put at its end."""
    if not 0 <= milliseconds <= MAX_TIME:
        milliseconds = 0 if milliseconds < 0 else MAX_TIME
    high, low = divmod(milliseconds, AUTHORS * AUTHORS)
    return _triples[high] + _triples[low // AUTHORS] + _triples[low % AUTHORS]


def author_letters(number: int) -> str:
    """A number below `AUTHORS`, in letters."""
    return _triples[number]


def number_of(letters: bytes) -> int:
    """The number of some letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 65
    return number


# Lines


def id_of(line: bytes) -> int:
    """The id of the record that a line is of. Raises LookupError if it is no such line."""
    return number_of(line[1 : ID_END[line[0]]])


def message_id_of(line: bytes) -> int:
    """The id of the message that a line has a text of. Raises LookupError."""
    return number_of(line[ID_END[EDIT] : IDS_END[EDIT]]) if line[0] == EDIT else id_of(line)


def time_of(line: bytes) -> int | None:
    """The time of a line, in milliseconds since 1970; None if it is blanked, or has none."""
    start = IDS_END[line[0]]
    letters = line[start : start + TIME]
    return number_of(letters) if len(letters) == TIME and letters.isalpha() else None


def first_at_least(read: ReadAt, begin: int, end: int, key: Callable[[bytes], int | None], value: int) -> int:
    """The offset of the first line whose key is not less than a value, by binary search; `end` if there is none.

    Keys rise, and are read from the first `WINDOW` bytes of a line. A line without a key counts as the one behind it.
    """
    low, high = begin, end  # lines that start before `low` have smaller keys, those from `high` on do not
    while low < high:
        start = next_line((low + high) // 2, begin, high, read)
        found, behind = None, start
        while behind < high and (found := key(read(WINDOW, behind))) is None:
            behind = next_line(behind + 1, begin, high, read)
        if found is None or found >= value:
            high = (low + high) // 2 if start >= high else start
        else:
            low = behind + 1
    return next_line(high, begin, end, read)


def next_line(offset: int, begin: int, end: int, read: ReadAt) -> int:
    """Where the first line starts that starts at an offset or behind it; `end` if none does."""
    if offset <= begin:
        return begin
    for start in range(offset - 1, end, WINDOW):
        found = read(WINDOW, start).find(b"\n")
        if found >= 0:
            return min(start + found + 1, end)
    return end


def last_line(read: ReadAt, begin: int, end: int) -> int:
    """Where the last line starts."""
    stop = end - 1  # its own end
    while stop > begin:
        start = max(begin, stop - WINDOW)
        if (found := read(stop - start, start).rfind(b"\n")) >= 0:
            return start + found + 1
        stop = start
    return begin


# Taking words out


@contextlib.contextmanager
def locked(disk: Disk, path: Path, flags: int) -> Iterator[int]:
    """A descriptor of the cache, which no other process writes or blanks within the block. Raises OSError."""
    fd = disk.open(path, flags)
    try:
        disk.lock(fd)
        yield fd
    finally:
        disk.close(fd)  # which releases the lock


def take_out(disk: Disk, room_path: Path, record_ids: Iterable[int]) -> None:
    """Blank the lines of these messages and edits, durably, before a delete is acknowledged. Raises OSError.

    A cache that cannot be changed is removed instead.
    """
    path, edits = search_paths(room_path)
    ids = sorted(set(record_ids))
    try:
        with locked(disk, path, os.O_RDWR) as fd:
            _blank(disk, fd, ids)
            with contextlib.suppress(FileNotFoundError):
                edits_fd = disk.open(edits, os.O_RDWR)
                try:
                    _blank(disk, edits_fd, ids)
                finally:
                    disk.close(edits_fd)
    except (OSError, LookupError):  # also if there is none, for its edits may be there alone
        remove_search_cache(disk, room_path)


def remove_search_cache(disk: Disk, room_path: Path) -> None:
    """Remove the cache, durably. Raises OSError."""
    removed = False
    for path in search_paths(room_path):
        with contextlib.suppress(FileNotFoundError):
            disk.remove(path)
            removed = True
    if removed:
        disk.sync_folder(room_path.parent)


def _blank(disk: Disk, fd: int, ids: list[int]) -> None:
    read, end = disk.reader(fd), disk.stat_open(fd).st_size
    if end < HEADER_BYTES or read(1, end - 1) != b"\n":
        raise LookupError("a crash has left a part of a cache, in which nothing can be found")
    changed = False
    for record_id in ids:
        offset = first_at_least(read, HEADER_BYTES, end, id_of, record_id)
        head = read(1 + LONG_ID, offset)
        if offset < end and head and id_of(head) == record_id and head[0] != MARK:
            start = offset + IDS_END[head[0]]
            stop = next_line(start, HEADER_BYTES, end + 1, read) - 1
            disk.write(fd, b" " * (stop - start), start)
            changed = True
    if changed:
        disk.sync_data(fd)
