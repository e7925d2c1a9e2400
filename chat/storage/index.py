"""What is kept in memory of a room: where each record stands, not what it says.

24 bytes for a message: its id, its place in the file and a hash of its author and client_id. The hashes lie in
sorted runs beside a small dictionary of the newest, so that a repeated client_id is found without a dictionary of all.
"""

from array import array
from bisect import bisect_left, bisect_right

from chat.storage.records import Record

RUN = 4096  # client_ids in a new run; sorting them takes about a millisecond
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
    """Which positions carry a client_id, by hash."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}
        self._runs: list[tuple[array[int], array[int]]] = []

    def add(self, author: str | None, client_id: str, position: int) -> None:
        """Remember the first position of a client_id."""
        self._newest.setdefault(_hash(author, client_id), position)
        if len(self._newest) >= RUN:
            self._freeze()

    def find(self, author: str, client_id: str) -> list[int]:
        """Every position with the same hash."""
        wanted = _hash(author, client_id)
        found = [self._newest[wanted]] if wanted in self._newest else []
        for hashes, positions in self._runs:
            place = bisect_left(hashes, wanted)
            if place < len(hashes) and hashes[place] == wanted:
                found.append(positions[place])
        return found

    def _freeze(self) -> None:
        """Turn the newest into a run; runs of one length are joined, so that there are few to look through."""
        pairs = sorted(self._newest.items())
        self._newest = {}
        while self._runs and len(self._runs[-1][0]) <= len(pairs) < LONGEST_RUN:
            pairs = sorted([*zip(*self._runs.pop(), strict=True), *pairs])
        self._runs.append((array("q", [pair[0] for pair in pairs]), array("Q", [pair[1] for pair in pairs])))


def _hash(author: str | None, client_id: str) -> int:
    return hash((author, client_id))
