"""verify_history: checks every record, changes nothing, and reports the first damage with line and reason."""

import threading

import pytest

from chat.storage.json_files.lines import CHECKSUM
from chat.storage.json_files.verify import verify_file
from tests.support.core.command_rooms import Call, Rooms


def test_whole_rooms_are_well(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one", "two")
    rooms.store.create("quiet", "Quiet")
    done = call("verify_history")
    assert (done.code, done.err) == (0, "")
    assert done.lines == ["lobby: 3 records, all well", "quiet: 1 record, all well"]


def test_nothing_is_changed_not_even_a_torn_tail(rooms: Rooms, manage: Call) -> None:
    rooms.say("lobby", "one", "two")
    rooms.path("lobby").write_bytes(rooms.path("lobby").read_bytes()[:-30])
    before = rooms.snapshot()
    done = manage("verify_history")
    assert done.code == 0
    assert done.out.startswith("lobby: 2 records, a torn tail of ")
    assert rooms.snapshot() == before


def test_a_file_without_its_last_newline_is_well(rooms: Rooms, call: Call) -> None:
    """It was reported to have a torn tail of two bytes."""
    rooms.say("lobby", "one")
    rooms.path("lobby").write_bytes(rooms.path("lobby").read_bytes().rstrip())
    assert call("verify_history").lines == ["lobby: 2 records, all well"]


def test_damage_has_a_line_and_a_reason_and_the_others_are_checked(rooms: Rooms, manage: Call) -> None:
    for room in ("broken", "lobby"):
        rooms.say(room, "one")
        rooms.say(room, "two")
    rooms.damage("broken")
    rooms.path("other").write_text("hello")
    rooms.path("other").chmod(0o600)
    before = rooms.snapshot()
    done = manage("verify_history")
    assert done.code == 1
    assert done.lines == [
        f"broken: 2 records, damaged at line 3: {CHECKSUM}",
        "lobby: 3 records, all well",
        "other: 0 records, damaged at line 1: a room's file begins with [ on a line of its own",
    ]
    assert rooms.snapshot() == before


def test_records_that_their_owner_edited_are_counted(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one", "two", "three")
    lines = rooms.path("lobby").read_text().split("\n")
    for number in (2, 4):
        lines[number] = lines[number].partition(',"crc"')[0] + ("}," if number == 2 else "}")
    rooms.path("lobby").write_text("\n".join(lines))
    done = call("verify_history")
    assert (done.code, done.lines) == (0, ["lobby: 4 records, 2 edited by hand"])


@pytest.mark.parametrize("content", ["", "[]\n", "[\n]\n"])
def test_an_empty_file_is_a_room_before_its_first_words(rooms: Rooms, call: Call, content: str) -> None:
    rooms.path("lobby").write_text(content)
    assert call("verify_history").code == 0


@pytest.mark.parametrize("content", ["", "[]\n"])
def test_a_file_that_was_emptied_is_not_well(rooms: Rooms, call: Call, content: str) -> None:
    """Regression: 50,000 messages were gone, and it was "all well"."""
    rooms.say("lobby", "one")
    rooms.path("lobby").write_text(content)
    done = call("verify_history")
    assert (done.code, done.lines) == (
        1,
        [
            "lobby: 0 records, damaged at its start: it is empty, and had 2 records: "
            "another program emptied it, or is still writing it"
        ],
    )


def test_a_room_can_be_chosen_and_one_that_is_a_link_is_not_followed(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one")
    rooms.path("link").symlink_to(rooms.path("lobby"))
    assert call("verify_history", "--room", "lobby").lines == ["lobby: 2 records, all well"]
    assert call("verify_history", "--room", "nope").code == 2
    done = call("verify_history")
    assert done.code == 1
    assert "link: cannot be read: not a regular file (a symbolic link is not followed" in done.err


def test_a_write_under_way_is_not_taken_for_damage(rooms: Rooms) -> None:
    """A scan without a lock read half a batch, and a busy room was reported as torn."""
    rooms.say("lobby", "first")
    enough = threading.Event()

    def write() -> None:
        log = rooms.store.open("lobby")
        while not enough.is_set():
            log.append([])
            rooms.say("lobby", *["x" * 500] * 50)
        log.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        looks = [verify_file(rooms.path("lobby")) for _ in range(20)]
    finally:
        enough.set()
        writer.join()
    assert {(look.torn_bytes, look.damage, look.edited) for look in looks} == {(0, None, 0)}
