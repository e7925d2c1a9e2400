"""Finds the words of deleted messages that are still in a room's file, and what takes their place."""

import errno
from collections.abc import Collection, Iterable
from typing import NamedTuple

from chat.storage import Record
from chat.storage.json_files import kinds
from chat.storage.json_files.amendments import positions
from chat.storage.json_files.blanking import blanked, is_blank, restored, without_words
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import BadRecord, decode_line
from chat.storage.json_files.reader import CacheUnfit, RecordReader


class DeletedWords(NamedTuple):
    """The records that have words, and the lines that take their place, by position.

    `in_place`: each of them has the length of the old one. Otherwise the whole file is replaced.
    """

    records: list[Record]
    lines: dict[int, bytes]
    in_place: bool = True


def texts_of(index: Index, targets: Iterable[int | None]) -> list[int]:
    """The positions of the messages with these ids, and of their edits."""
    found: set[int] = set()
    for target in targets:
        message = None if target is None else index.message(target)
        if message is not None:
            amendments = positions(index.amendments.after(message))
            found.update([message, *(each for each in amendments if index.kinds[each] in kinds.EDITS)])
    return sorted(found)


def find_words(
    reader: RecordReader, index: Index, deleted: Collection[int], unproven: Collection[int] = ()
) -> DeletedWords:
    """What is to be done about the deleted records at these positions.

    `unproven`: lines that are written once more even if they are blanked, as the sync of that may have failed. Raises
    OSError, StorageUnavailable, `CacheUnfit`.
    """
    records: list[Record] = []
    lines: dict[int, bytes] = {}
    in_place = True
    for position, line in reader.lines(sorted({*deleted, *unproven})):
        try:
            record = decode_line(line)
        except BadRecord:
            record, lines[position] = _half_blanked(line, index)
            records.append(record)
        else:
            if not is_blank(line, record):
                form = blanked(line)
                in_place = in_place and form is not None
                lines[position] = form or without_words(record)
                records.append(record)
            elif position in unproven:
                lines[position] = line
    if not in_place and index.is_cached:
        raise CacheUnfit  # the file is made anew of what the index leads to
    return DeletedWords(records, lines, in_place)


def _half_blanked(line: bytes, index: Index) -> tuple[Record, bytes]:
    completed = restored(line)
    if completed is None:
        if index.is_cached:
            raise CacheUnfit
        raise OSError(errno.ESTALE, "another program is changing this file")
    return decode_line(completed), completed
