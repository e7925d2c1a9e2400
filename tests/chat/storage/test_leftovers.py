"""What a delete takes out of the files beside a room's file: parts of the message, and nothing else that is kept."""

from pathlib import Path

import pytest

from chat.storage import Record
from chat.storage.json_files.leftovers import remove_from_companions
from chat.storage.json_files.lines import encode_line
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY

TORN = FOLDER / "lobby.json.torn-20261123T134238.065000Z"
SECRET = Record(
    id=5, type="message", author="a", username="ada", message='my "p\\ss" wörd', timestamp="now", client_id="c", batch=5
)
LINE = encode_line(SECRET)
AGAIN = encode_line(Record(id=6, type="message", author="a", username="ada", message="hm", timestamp="now", batch=6))
OTHER = LINE.replace(b'"author":"a"', b'"author":"b"')


def scrubbed(*lines: bytes, record: Record = SECRET) -> bytes:
    disk = MemoryDisk({LOBBY: b"", TORN: b",\n" + b"\n".join(lines)})
    remove_from_companions(disk, LOBBY, [record])
    assert disk.content(TORN) == disk.durable()[TORN]
    return disk.content(TORN)


@pytest.mark.parametrize(
    "fragment",
    [
        LINE,
        LINE + b",",
        LINE[1:],  # the brace was still the trailer's
        LINE.replace(b'"id":5', b'"id":4'),  # sent again, with another id
        encode_line(Record(id=3, type="message", author="a", message=SECRET.message, timestamp="before")),
        *(LINE[:stop] for stop in range(LINE.index(b'"my') - 1 + 3, len(LINE))),
        LINE[:20] + b"\0" * 40 + LINE[60:],
        b"\0" * 80 + LINE[LINE.index(b"rd") :],  # only its end, with the client_id
    ],
)
def test_a_part_of_the_message_in_a_torn_tail_becomes_blanks(fragment: bytes) -> None:
    assert scrubbed(AGAIN, fragment, AGAIN) == b",\n" + b"\n".join([AGAIN, b" " * len(fragment), AGAIN])


@pytest.mark.parametrize(
    "fragment", [AGAIN, OTHER.replace(b'"client_id":"c",', b""), OTHER[:90], AGAIN[:60], b"]", b"", LINE[:30]]
)
def test_what_others_said_and_what_was_not_deleted_stays(fragment: bytes) -> None:
    assert scrubbed(fragment, AGAIN) == b",\n" + b"\n".join([fragment, AGAIN])


def test_a_short_text_is_found_where_a_message_begins() -> None:
    short = Record(id=5, type="message", author="a", username="ada", message="ja", timestamp="now", batch=5)
    line = encode_line(short)
    cut = line[: line.index(b'"ja') + 2]
    assert scrubbed(cut, AGAIN, record=short) == b",\n" + b"\n".join([b" " * len(cut), AGAIN])
    assert scrubbed(AGAIN[:70], record=short) == b",\n" + AGAIN[:70]


def test_the_search_cache_and_a_left_draft_lose_the_words_durably_and_what_the_owner_made_stays() -> None:
    names = (".lobby.search", ".lobby.search.edits", ".lobby.new")
    gone = [FOLDER / name for name in names]  # what is no search cache is removed
    names = ("lobby.json", ".lobby.lock", ".lobby.index", "lobby.json.backup-1", "lobby2.json", ".lobby2.search")
    kept = [FOLDER / name for name in names]
    disk = MemoryDisk(dict.fromkeys([*gone, *kept], LINE))
    remove_from_companions(disk, LOBBY, [SECRET])
    assert set(disk.durable()) == set(kept)
    assert {disk.content(path) for path in kept} == {LINE}


def test_a_folder_without_any_of_them_costs_one_look_and_a_sync() -> None:
    disk = MemoryDisk({LOBBY: LINE, Path(FOLDER / "a.json"): LINE})
    remove_from_companions(disk, LOBBY, [SECRET])
    assert disk.calls == ["entries", "sync_folder"]
