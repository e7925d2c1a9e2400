"""The index of a room in memory: where each record is in the file, what it is, and which client_ids are stored.

No texts. A message takes 17 bytes: its offset, its kind, and the hash of its author and client_id with its position. An
amendment takes 8 more, to be found by its message.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, compress
from typing import NamedTuple

from chat.storage.json_files import kinds
from chat.storage.json_files.amendments import POSITION_BITS, POSITION_MASK, AmendmentMap, entry, positions
from chat.storage.json_files.fast_parse import Key
from chat.storage.json_files.id_runs import IdRuns
from chat.storage.json_files.kinds import HasTarget
from chat.storage.json_files.states import StateCache
from chat.storage.position_table import PositionTable
from chat.storage.records import Record


class Index:
    """Ids, offsets and kinds of the records of one file, sorted by id. A position counts from 0, the room's own record.

    `omitted`: how many records of the file are not in it, between the first and the last one (ends.py).
    `is_cached`: it was read from a cache (index_cache.py), so a record that cannot be read makes the cache unfit.
    `unchecked`: positions of deleted records whose words may still be in the file.
    `others`: how many records of the file are no messages. `states`: messages that were folded lately.
    """

    def __init__(self, client_ids: PositionTable | None = None) -> None:
        self.ids = IdRuns()
        self.offsets = array("Q")
        self.kinds = bytearray()
        self.amendments = AmendmentMap()
        self.unchecked: list[int] = []
        self._has_deleted = False
        self.others = 0
        self.states = StateCache()
        self.in_order = True  # whether the offsets rise with the ids
        self.omitted = 0
        self.is_cached = False
        self.client_ids = client_ids or PositionTable()

    @classmethod
    def cached(
        cls,
        ids: IdRuns,
        offsets: "array[int]",
        kinds_of_records: bytes,
        amendments: AmendmentMap,
        client_ids: PositionTable,
    ) -> "Index":
        """The index that a cache holds."""
        self = cls(client_ids)
        self.ids, self.offsets, self.is_cached = ids, offsets, True
        self.kinds += kinds_of_records
        self.amendments, self.others = amendments, kinds.count_others(self.kinds)
        self._has_deleted = kinds.DELETE in self.kinds
        return self

    def __len__(self) -> int:
        return len(self.offsets)

    # Adding

    def add(self, record: Record, offset: int) -> None:
        """Add the next record, which starts at this byte of the file."""
        self.extend([record], [0], offset, kinds.kinds_of([record]), [record.id])

    def extend(
        self,
        records: Sequence[Record | Key],
        lengths: Sequence[int],
        offset: int,
        kinds_of_records: bytes,
        ids: Sequence[int],
    ) -> None:
        """Add records that follow each other, the first of them at an offset; a length reaches to the next record."""
        self.client_ids.extend(records)
        self.ids.extend(ids)
        self.offsets += array("Q", list(accumulate(lengths[:-1], initial=offset)))
        self.kinds += kinds_of_records
        if kinds_of_records.strip(kinds.ONLY_MESSAGE):
            self._add_others(records, kinds_of_records)

    def _add_others(self, records: Sequence[HasTarget], kinds_of_records: bytes) -> None:
        """Note those of the last records that are no messages."""
        self.others += kinds.count_others(kinds_of_records)
        is_amendment = kinds_of_records.translate(kinds.IS_AMENDMENT)
        places = compress(range(len(self) - len(records), len(self)), is_amendment)
        entries = self._entries_of(list(compress(records, is_amendment)), places)
        self.amendments.extend(entries)
        if self._has_deleted or kinds.DELETE in kinds_of_records:
            self._mark_deleted(entries)

    def _entries_of(self, amendments: Sequence[HasTarget], places: Iterable[int]) -> list[int]:
        """Entries for the map of amendments, of those with an earlier target. One that is no message has no effect."""
        targets = [amendment.target or 0 for amendment in amendments]
        shift = self.ids.shift_of(targets)
        if shift is not None:  # between id and position, of the targets and of all that is behind them
            both, found = entry(shift, shift), zip(targets, amendments, strict=True)
            return [(target << POSITION_BITS) + each.id - both for target, each in found if target < each.id]
        messages = zip(map(self.message, targets), places, strict=True)
        return [at << POSITION_BITS | place for at, place in messages if at is not None and at < place]

    def _mark_deleted(self, entries: Iterable[int]) -> None:
        """Mark what these amendments delete, and edits of what is deleted."""
        for each in entries:
            message, kind = each >> POSITION_BITS, self.kinds[each & POSITION_MASK]
            is_late = kind == kinds.EDIT and self.kinds[message] == kinds.BLANKED_MESSAGE
            if self.kinds[message] in kinds.MESSAGES and (kind == kinds.DELETE or is_late):
                self._mark_blanked(message)

    def _mark_blanked(self, message: int) -> None:
        """The text of the message at this position, and those of its edits, are not to be found any more."""
        self.states.drop(message)
        self._has_deleted = True
        for position in [message, *positions(self.amendments.after(message))]:
            if (blanked := kinds.BLANKED.get(self.kinds[position])) is not None:
                self.kinds[position] = blanked
                self.unchecked.append(position)

    def add_displaced(self, found: Iterable[tuple[Record, int]]) -> None:
        """Add records of a damaged file that are not in the order of ids, and their offsets; the first of each id.

        Their client_ids are left out: a damaged file is never written.
        """
        displaced: dict[int, _Entry] = {}
        for record, offset in found:
            if self.count_before(record.id) == self.count_through(record.id):
                displaced.setdefault(record.id, _Entry(record.id, offset, kinds.kinds_of([record])[0], record.target))
        if displaced:
            self._rebuild(sorted([*self._entries(), *displaced.values()]))
            self.in_order = False

    def _entries(self) -> Iterator["_Entry"]:
        targets = {each & POSITION_MASK: each >> POSITION_BITS for part in self.amendments.sorted() for each in part}
        for position, (record_id, offset, kind) in enumerate(zip(self.ids, self.offsets, self.kinds, strict=True)):
            target = targets.get(position)
            yield _Entry(record_id, offset, kind, None if target is None else self.ids[target])

    def _rebuild(self, entries: Sequence["_Entry"]) -> None:
        self.ids = IdRuns(each.id for each in entries)
        self.offsets = array("Q", [each.offset for each in entries])
        self.kinds = bytearray(each.kind for each in entries)
        self.amendments, self.others, self.unchecked = AmendmentMap(), 0, []
        self._add_others(entries, bytes(self.kinds))

    # Positions

    def count_before(self, record_id: int) -> int:
        """How many records have a smaller id."""
        return self.ids.count_before(record_id)

    def count_through(self, record_id: int) -> int:
        """How many records have this id or a smaller one."""
        return self.ids.count_before(record_id + 1)

    # Messages and their amendments

    def message(self, message_id: int) -> int | None:
        """The position of a message, also of a blanked one; None if there is none with this id."""
        position = self.count_before(message_id)
        if position < len(self) and self.kinds[position] in kinds.MESSAGES and self.ids[position] == message_id:
            return position
        return None

    def count_messages(self, stop: int) -> int:
        """How many of the records in front of a position are messages, also blanked ones."""
        return stop - kinds.count_others(self.kinds[:stop])

    def select(self, is_wanted: bytes, start: int, stop: int, limit: int, *, newest: bool) -> list[int]:
        """The first positions from `start` to `stop` of some kinds, at most `limit` of them, or the last ones.

        `is_wanted` is a table of kinds.py.
        """
        found: list[int] = []
        for begin, end in _growing_parts(start, stop, limit, newest=newest):
            part = list(compress(range(begin, end), self.kinds[begin:end].translate(is_wanted)))
            found = part + found if newest else found + part
            if len(found) >= limit:
                break
        return first_or_last(found, limit, newest=newest)


class _Entry(NamedTuple):
    """What the index holds of one record."""

    id: int
    offset: int
    kind: int
    target: int | None


def first_or_last(found: list[int], limit: int, *, newest: bool) -> list[int]:
    """The first ones, or the last ones, at most `limit` of them."""
    return found[max(0, len(found) - limit) :] if newest else found[:limit]


def _growing_parts(start: int, stop: int, size: int, *, newest: bool) -> Iterator[tuple[int, int]]:
    """Where to look: next to one end first, and in twice as many positions each time."""
    while start < stop:
        part = (max(start, stop - size), stop) if newest else (start, min(stop, start + size))
        yield part
        start, stop = (start, part[0]) if newest else (part[1], stop)
        size *= 2
