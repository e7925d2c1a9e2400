"""The memory of a page is bounded."""

import pytest

from chat.storage import RoomLog
from chat.storage.json_files import reader
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.numbered_messages import numbered_log, page


@pytest.fixture
def log(store: JsonFileStore) -> RoomLog:
    return numbered_log(store)


@pytest.mark.parametrize("max_bytes", [0, 1, 200, 300, 400, 401, 500, 1000, 10**6])
def test_a_page_has_so_many_bytes_or_one_record(log: RoomLog, monkeypatch: pytest.MonkeyPatch, max_bytes: int) -> None:
    """Two hundred long messages were read and decoded for every page, and most of them dropped."""
    monkeypatch.setattr(reader, "MAX_PAGE_BYTES", max_bytes)
    lengths = [len(line) + 1 for line in log.path.read_bytes().splitlines()[1:-1]]

    def fit(ids: list[int]) -> bool:
        return sum(lengths[number - 1] for number in ids) <= max_bytes

    after, complete = 1, False
    while not complete:
        ids, complete = page(log, after=after, limit=10)
        assert len(ids) == 1 or fit(ids)
        assert complete or not fit([*ids, ids[-1] + 1])
        assert ids == list(range(after + 1, ids[-1] + 1))
        after = ids[-1]
    before, complete = 12, False
    while not complete:
        ids, complete = page(log, before=before, limit=10)
        assert len(ids) == 1 or fit(ids)
        assert complete or not fit([ids[0] - 1, *ids])
        assert ids == list(range(ids[0], before))
        before = ids[0]
    assert (after, before) == (11, 2)
