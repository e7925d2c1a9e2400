"""The index of a room in memory: where each record is in the file, and which client_ids are stored. Not their texts.

A message takes 16 bytes: its offset, and the hash of its author and client_id with its position.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate

from chat.storage.json_files.fast_parse import RecordKey
from chat.storage.json_files.id_runs import IdRuns
from chat.storage.position_table import PositionTable
from chat.storage.records import Record


class Index:
    """Ids and offsets of the records of one file, sorted by id. A position counts from 0, the room's own record.

    `omitted`: how many records of the file are not in it, between the first and the last one (ends.py).
    `is_cached`: it was read from a cache (index_cache.py), so a record that cannot be read makes the cache unfit.
    """

    def __init__(self, client_ids: PositionTable | None = None) -> None:
        self.ids = IdRuns()
        self.offsets = array("Q")
        self.in_order = True  # whether the offsets rise with the ids
        self.omitted = 0
        self.is_cached = False
        self.client_ids = client_ids or PositionTable()

    @classmethod
    def cached(cls, ids: IdRuns, offsets: "array[int]", client_ids: PositionTable) -> "Index":
        """The index that a cache holds."""
        self = cls(client_ids)
        self.ids, self.offsets, self.is_cached = ids, offsets, True
        return self

    def __len__(self) -> int:
        return len(self.offsets)

    def add(self, record: Record, offset: int) -> None:
        """Add the next record, which starts at this byte of the file."""
        self.client_ids.add(record.author, record.client_id)
        self.ids.append(record.id)
        self.offsets.append(offset)

    def extend(self, records: Sequence[Record | RecordKey], lengths: Sequence[int], offset: int) -> None:
        """Add records that follow each other, the first of them at an offset; a length reaches to the next record."""
        self.client_ids.extend(records)
        self.ids.extend([record.id for record in records])
        self.offsets += array("Q", list(accumulate(lengths[:-1], initial=offset)))

    def add_displaced(self, found: Iterable[tuple[int, int]]) -> None:
        """Add ids and offsets of records of a damaged file that are not in the order of ids; the first of each id.

        Their client_ids are left out: a damaged file is never written.
        """
        displaced: dict[int, int] = {}
        for record_id, offset in found:
            if self.count_before(record_id) == self.count_through(record_id):
                displaced.setdefault(record_id, offset)
        if displaced:
            entries = sorted([*zip(self.ids, self.offsets, strict=True), *displaced.items()])
            self.ids = IdRuns(record_id for record_id, _ in entries)
            self.offsets = array("Q", [offset for _, offset in entries])
            self.in_order = False

    def count_before(self, record_id: int) -> int:
        """How many records have a smaller id."""
        return self.ids.count_before(record_id)

    def count_through(self, record_id: int) -> int:
        """How many records have this id or a smaller one."""
        return self.ids.count_before(record_id + 1)
