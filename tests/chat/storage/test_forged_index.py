"""A stored index whose checksum holds and that is wrong: it only costs time."""

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import msgspec
import pytest

from chat.storage.json_files import index_cache
from chat.storage.json_files.disk import Disk
from tests.support.storage.cached_room import (
    assert_same_as_scanned,
    index_of,
    is_cached,
    make_files_large,
    make_room,
    opened,
)


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    make_files_large(monkeypatch)


@pytest.fixture
def lobby(folder: Path) -> Path:
    return make_room(folder)


def forged(folder: Path, changed: Callable[[list[int], index_cache.Footer], None]) -> None:
    """Change words of the index, and give it a checksum that holds."""
    path = index_of(folder)
    content = path.read_bytes()
    footer = msgspec.json.decode(content[-index_cache.FOOTER_BYTES :], type=index_cache.Footer)
    words = list(memoryview(content[: -index_cache.FOOTER_BYTES]).cast("Q"))
    changed(words, footer)
    body = b"".join(word.to_bytes(8, footer.byte_order) for word in words)  # type: ignore[arg-type]
    footer = msgspec.structs.replace(footer, checksum=0)
    footer = msgspec.structs.replace(footer, checksum=crc32(body, crc32(msgspec.json.encode(footer))))
    path.write_bytes(body + msgspec.json.encode(footer).ljust(index_cache.FOOTER_BYTES))


def _offset(position: int, by: int) -> Callable[[list[int], index_cache.Footer], None]:
    def change(words: list[int], footer: index_cache.Footer) -> None:
        words[2 * footer.runs + position] = (words[2 * footer.runs + position] + by) % 2**64

    return change


def _swapped(words: list[int], footer: index_cache.Footer) -> None:
    start = 2 * footer.runs
    words[start + 150], words[start + 151] = words[start + 151], words[start + 150]


def _doubled(words: list[int], footer: index_cache.Footer) -> None:
    """A record is left out, and another one is there twice."""
    words[2 * footer.runs + 299] = words[2 * footer.runs + 298]


def _left_out(words: list[int], footer: index_cache.Footer) -> None:
    """The last page leaves out a record, and an earlier place leads into the middle of one."""
    start = 2 * footer.runs
    words[start + 100 : start + 299] = [words[start + 99] + 7, *words[start + 100 : start + 298]]


def _first_id(words: list[int], footer: index_cache.Footer) -> None:
    words[0] += 1


def _positions(words: list[int], footer: index_cache.Footer) -> None:
    """Every client_id leads to a record that does not exist."""
    start = len(words) - footer.client_ids
    words[start:] = [word | 0xFFFFFFF0 for word in words[start:]]


FORGERIES = {
    "a place in a line": _offset(150, 3),
    "a place in front": _offset(150, -1),
    "no place": _offset(150, 2**40),
    "no number": _offset(150, 2**64 - 1),
    "the last place": _offset(300, 5),
    "the first place": _offset(0, 1),
    "swapped": _swapped,
    "doubled": _doubled,
    "left out": _left_out,
    "the first id": _first_id,
    "positions": _positions,
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_wrong_index_whose_checksum_holds_only_costs_time(name: str, lobby: Path, folder: Path) -> None:
    forged(folder, FORGERIES[name])
    assert_same_as_scanned(folder)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_clear_copies_nothing_from_where_an_index_leads(name: str, lobby: Path, folder: Path) -> None:
    forged(folder, FORGERIES[name])
    log = opened(folder)
    log.clear(150)
    assert [record.id for record in log.page(limit=10_000).records] == list(range(151, 303))
    assert_same_as_scanned(folder)


def test_an_index_that_is_wrong_and_cannot_be_removed_is_not_used_again(
    lobby: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged(folder, _offset(299, 3))
    log = opened(folder)
    assert is_cached(log)

    def refuse(disk: Disk, path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Disk, "remove", refuse)
    assert [record.message for record in log.page(limit=2).records] == ["number 298", "number 299"]
    assert not is_cached(log)
