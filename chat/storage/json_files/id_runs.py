"""The ids of a room's records in memory: rising, and mostly without a gap."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence


class IdRuns:
    """A sequence of rising ids by position. A run of ids without a gap takes 16 bytes, however long it is."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.firsts = array("Q")  # the first id of each run
        self.positions = array("Q")  # and its position
        self._length = 0
        self._next = 0  # the id that continues the last run
        for each in ids:
            self.append(each)

    @classmethod
    def restored(cls, firsts: "array[int]", positions: "array[int]", length: int) -> "IdRuns":
        """The ids of these runs. Raises ValueError if no ids have them."""
        self = cls()
        self.firsts, self.positions, self._length = firsts, positions, length
        if not firsts or len(firsts) != len(positions) or positions[0] != 0 or positions[-1] >= length:
            raise ValueError("not a list of runs")
        rises = (
            positions[run] < positions[run + 1] and self[positions[run + 1] - 1] < firsts[run + 1]
            for run in range(len(firsts) - 1)
        )
        if not all(rises):
            raise ValueError("the ids do not rise")
        self._next = self[-1] + 1
        return self

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, position: int) -> int:
        if position < 0:
            position += self._length
        if not 0 <= position < self._length:
            raise IndexError(position)
        run = bisect_right(self.positions, position) - 1
        return self.firsts[run] + position - self.positions[run]

    def of(self, positions: Sequence[int]) -> list[int]:
        """The ids at these rising positions; faster than one by one if they are all in the last run."""
        if positions and self.positions and positions[0] >= self.positions[-1]:
            shift = self.firsts[-1] - self.positions[-1]
            return [position + shift for position in positions]
        return [self[position] for position in positions]

    def __iter__(self) -> Iterator[int]:
        for run, first in enumerate(self.firsts):
            yield from range(first, first + self._stop(run) - self.positions[run])

    def _stop(self, run: int) -> int:
        """The position behind a run."""
        return self.positions[run + 1] if run + 1 < len(self.positions) else self._length

    def append(self, record_id: int) -> None:
        """Add the next id; it is greater than all others."""
        if record_id != self._next:
            self.firsts.append(record_id)
            self.positions.append(self._length)
        self._length += 1
        self._next = record_id + 1

    def extend(self, ids: Sequence[int]) -> None:
        """Add the next ids, which rise."""
        if not ids or ids[-1] - ids[0] != len(ids) - 1:
            for each in ids:
                self.append(each)
        else:
            self.append(ids[0])
            self._length += len(ids) - 1
            self._next = ids[-1] + 1

    def count_before(self, record_id: int) -> int:
        """How many ids are smaller."""
        run = bisect_left(self.firsts, record_id) - 1
        if run < 0:
            return 0
        return min(self._stop(run), self.positions[run] + record_id - self.firsts[run])

    def shift_of(self, ids: Sequence[int]) -> int | None:
        """The difference between these ids and their positions, if they are all in the last run."""
        if ids and self.firsts[-1] <= min(ids) and max(ids) < self._next:
            return self.firsts[-1] - self.positions[-1]
        return None
