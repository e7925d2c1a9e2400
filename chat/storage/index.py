"""What is kept in memory of a room: where each record stands, not what it says.

24 bytes for a message: its id, its place in the file, and a hash of its author and client_id with its position. The
hashes lie in sorted runs beside a small dictionary of the newest: a repeated client_id is found without a dictionary
of all.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from chat.storage.bulk import Head
from chat.storage.records import Record

RUN = 4096  # client_ids in a new run; sorting them takes about a millisecond
LOW = 2**32 - 1
LONGEST_RUN = 2**16  # joining longer ones would hold up the server for too long


class Index:
    """Ids and places of the records of one file, in their order."""

    def __init__(self) -> None:
        self.ids = array("Q")
        self.offsets = array("Q")
        self._clients = ClientIds()

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, record: Record, offset: int) -> None:
        """Take in the next record, which stands at this byte of the file."""
        self.ids.append(record.id)
        self.offsets.append(offset)
        if record.client_id is not None:
            self._clients.add(record.author, record.client_id, len(self.ids) - 1)

    def extend(self, heads: Sequence[Head], offsets: Iterable[int]) -> None:
        """Take in many at once."""
        self._clients.extend(heads, len(self.ids))
        self.ids.extend([head.id for head in heads])
        self.offsets.extend(offsets)

    def before(self, identity: int) -> int:
        """How many records have a smaller id."""
        return bisect_left(self.ids, identity)

    def through(self, identity: int) -> int:
        """How many records have this id or a smaller one."""
        return bisect_right(self.ids, identity)

    def candidates(self, author: str, client_id: str) -> list[int]:
        """Positions of records that may carry this client_id: to be read and compared, for hashes can collide."""
        return self._clients.find(author, client_id)


class ClientIds:
    """Which positions carry a client_id, by hash: 32 bits of it and 32 of the position in one number."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}
        self._runs: list[array[int]] = []

    def add(self, author: str | None, client_id: str, position: int) -> None:
        """Remember the first position of a client_id."""
        self._newest.setdefault(_hash(author, client_id), position)
        if len(self._newest) >= RUN:
            self._freeze()

    def extend(self, heads: Sequence[Head], position: int) -> None:
        """Remember many, of which the first has this position."""
        self._freeze()
        hashes = [
            (_hash(head.author, head.client_id) & LOW) << 32 | place
            for place, head in enumerate(heads, position)
            if head.client_id is not None
        ]
        self._add_run(sorted(hashes))

    def find(self, author: str, client_id: str) -> list[int]:
        """Every position with the same hash."""
        wanted = _hash(author, client_id)
        found = [self._newest[wanted]] if wanted in self._newest else []
        least = (wanted & LOW) << 32
        for run in self._runs:
            place = bisect_left(run, least)
            while place < len(run) and run[place] <= least | LOW:
                found.append(run[place] & LOW)
                place += 1
        return found

    def _freeze(self) -> None:
        """Turn the newest into a run."""
        self._add_run(sorted([(hashed & LOW) << 32 | position for hashed, position in self._newest.items()]))
        self._newest = {}

    def _add_run(self, run: list[int]) -> None:
        """Keep a run; runs of one length are joined, so that there are few to look through."""
        while run and self._runs and len(self._runs[-1]) <= len(run) < LONGEST_RUN:
            run = sorted([*self._runs.pop(), *run])
        if run:
            self._runs.append(array("Q", run))


def _hash(author: str | None, client_id: str | None) -> int:
    return hash((author, client_id))
