"""What a compaction or a clear drops of a room: the records that change nothing any more.

By a compaction these are blanked records and what was said about them, earlier texts of edits, and reactions that were
taken back. The record of an edited message gets the newest text, and the newest edit stays, as it has the time of the
edit. Deletes stay. The last record stays in any case: ids go on behind it. What is folded of the rest is the same as
before.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from chat.storage.json_files import kinds
from chat.storage.json_files.amendments import POSITION_BITS, POSITION_MASK
from chat.storage.json_files.histories import with_members
from chat.storage.json_files.index import Index
from chat.storage.json_files.reader import RecordReader
from chat.storage.json_files.rewriting import Changes
from chat.storage.records import Record

READ_AT_ONCE = 10_000  # records


def find_changes(index: Index, reader: RecordReader) -> Changes:
    """What a compaction would change. Raises as `RecordReader` does."""
    changes = Changes(set(), {})
    entries = (each for part in index.amendments.sorted() for each in part)
    for message, of_message in groupby(entries, key=lambda each: each >> POSITION_BITS):
        amendments = [each & POSITION_MASK for each in of_message]
        if index.kinds[message] == kinds.BLANKED_MESSAGE:
            changes.dropped.update([message, *(each for each in amendments if index.kinds[each] != kinds.DELETE)])
        else:
            _add_changes_of_message(changes, reader, message, amendments)
    changes.dropped.discard(len(index) - 1)
    return changes


def amendments_of_cleared(index: Index, reader: RecordReader, through: int) -> set[int]:
    """The positions behind an id of what was said about messages up to it: edits have their words.

    Also if these were cleared before. Raises as `RecordReader` does.
    """
    start = index.count_through(through)
    found = index.select(kinds.IS_AMENDMENT, start, len(index), len(index), newest=False)
    dropped: set[int] = set()
    for begin in range(0, len(found), READ_AT_ONCE):
        records = reader.by_position(found[begin : begin + READ_AT_ONCE])
        targets = {at: record.target for at, record in records.items() if record.target is not None}
        dropped.update(at for at, target in targets.items() if target <= through)
    return dropped


def _add_changes_of_message(changes: Changes, reader: RecordReader, message: int, amendments: Sequence[int]) -> None:
    records = reader.by_position([message, *amendments])
    edits = [each for each in amendments if each in records and _is_edit(records[each])]
    if edits and message in records:
        changes.dropped.update(edits[:-1])
        text = records[edits[-1]].message
        if text != records[message].message:
            changes.lines[message] = with_members(reader.line(message), {"message": text})
    changes.dropped.update(_superseded({each: records[each] for each in amendments if each in records}))


def _is_edit(record: Record) -> bool:
    return record.type == "edit" and record.message is not None


def _superseded(records: Mapping[int, Record]) -> set[int]:
    """The positions of reactions without which the others mean the same."""
    dropped: set[int] = set()
    present: dict[tuple[str | None, str | None], int] = {}  # the reaction that counts, by author and emoji
    for position, record in records.items():
        if record.type != "reaction" or None in (record.author, record.username, record.emoji):
            continue
        key = record.author, record.emoji
        if record.on and key not in present:
            present[key] = position
        else:
            dropped.add(position)
            if not record.on and key in present:
                dropped.add(present.pop(key))
    return dropped
