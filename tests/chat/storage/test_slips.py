"""Slips in the batch that was written last: an edit is named, and only a crash is repaired."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from chat.storage import RoomDamaged
from chat.storage.json_files.seams import AFTER, BEFORE
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import edit, ids, line_of

BATCH = 20  # messages of the last batch, which begins in line 8
SLIPS: dict[str, tuple[int, bytes, bytes, int]] = {
    "a comma that was deleted": (15, b"},", b"}", 16),
    "the comma in front of the batch": (7, b"},", b"}", 8),
    "a quote that was deleted": (15, b'"author":', b'author":', 15),
    "a brace that was deleted": (15, b"{", b"", 15),
    "a brace at the end": (15, b"},", b",", 15),
    "a letter between two records": (15, b"},", b"}x,", 15),
    "a byte that no text has": (15, b'"author":', b'\0author":', 15),
    "a slip in the last line": (27, b'"author":', b'author":', 27),
}


@pytest.fixture
def imported(store: JsonFileStore, lobby: Path) -> Path:
    """The lobby, and one batch behind it, as an import writes it."""
    log = store.open("lobby")
    log.append([said(f"message {number}", f"c{number}") for number in range(BATCH)])
    log.close()
    return lobby


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_the_last_batch_is_damage_with_its_line(name: str, store: JsonFileStore, imported: Path) -> None:
    """Regression: everything behind it was cut off as a torn tail, and the next messages got its ids."""
    line, old, new, named = SLIPS[name]
    edit(imported, line, old, new)
    raw = imported.read_bytes()
    log = store.open("lobby")
    assert log.damage is not None
    assert line_of(log.damage) == named
    with pytest.raises(RoomDamaged):
        log.append([said("no")])
    assert imported.read_bytes() == raw
    assert not list(imported.parent.glob("*.torn-*"))
    assert len(ids(log)) >= 5 + BATCH - 1


def test_a_slip_in_a_long_line_is_no_hole_of_a_crash(store: JsonFileStore, lobby: Path) -> None:
    log = store.open("lobby")
    log.append([said("x" * 3000), said("last")])
    log.close()
    edit(lobby, 8, b'"author":', b'author":')
    log = JsonFileStore(lobby.parent).open("lobby")
    assert log.damage is not None
    assert line_of(log.damage) == 8


MIXTURES = sorted({bytes(three) for three in product(*zip(BEFORE, AFTER, strict=True))} - {AFTER})


@pytest.mark.parametrize("seam", MIXTURES)
def test_the_first_bytes_of_the_last_batch_may_be_old(seam: bytes, store: JsonFileStore, imported: Path) -> None:
    """A crash leaves this if the sector that holds them was not written: the batch was never acknowledged."""
    head, tail = imported.read_bytes().split(b',\n{"id":7,')
    imported.write_bytes(head + seam + b'"id":7,' + tail)
    log = store.open("lobby")
    assert (log.damage, ids(log)) == (None, [2, 3, 4, 5, 6])
    (torn,) = imported.parent.glob("*.torn-*")
    assert torn.read_bytes() == seam + b'"id":7,' + tail
    assert json.loads(imported.read_bytes())[-1]["id"] == 6


@pytest.mark.parametrize("seam", MIXTURES)
def test_at_any_other_place_they_are_damage(seam: bytes, store: JsonFileStore, imported: Path) -> None:
    raw = imported.read_bytes()
    for separator in (b',\n{"id":15,', b',\n{"id":4,'):  # in the middle of the last batch, and of an older one
        head, tail = raw.split(separator)
        imported.write_bytes(head + seam + separator[3:] + tail)
        log = store.open("lobby")
        assert log.damage is not None
        assert not log.damage.mendable or separator == b',\n{"id":4,'
    assert not list(imported.parent.glob("*.torn-*"))


HOLES: dict[str, Callable[[bytes], bytes]] = {
    "zeros": lambda sector: bytes(len(sector)),
    "what another file left": lambda sector: bytes(byte ^ 0xA7 for byte in sector),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_sector_that_was_not_written_is_a_torn_tail(name: str, store: JsonFileStore, imported: Path) -> None:
    raw = imported.read_bytes()
    start = (raw.index(b'{"id":7,') // 512 + 2) * 512
    imported.write_bytes(raw[:start] + HOLES[name](raw[start : start + 512]) + raw[start + 512 :])
    log = store.open("lobby")
    assert log.damage is None
    assert ids(log)[:5] == [2, 3, 4, 5, 6]
    assert len(list(imported.parent.glob("*.torn-*"))) == 1
