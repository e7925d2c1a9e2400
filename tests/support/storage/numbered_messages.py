"""A room whose messages have their ids as texts, and pages of it."""

from chat.storage import RoomLog, Store
from tests.support.storage.expected_history import said

IDS = list(range(2, 12))


def numbered_log(store: Store) -> RoomLog:
    """The lobby, with these ids, in two batches."""
    log = store.open("lobby")
    log.append([said(f"{number}") for number in IDS[:4]])
    log.append([said(f"{number}") for number in IDS[4:]])
    return log


def page(log: RoomLog, **asked: int) -> tuple[list[int], bool]:
    """The ids on a page, and whether it is complete."""
    records, complete = log.page(**asked)
    assert all(record.message == str(record.id) for record in records)
    return [record.id for record in records], complete
