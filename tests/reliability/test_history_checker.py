"""The history checker finds every kind of violation, and reports none for a correct run."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.servers.history_checker import RESET, ClientHistory, Event, removed_texts, violations

File = list[dict[str, Any]]
Change = Callable[[File, ClientHistory, ClientHistory], object]


def record(number: int) -> dict[str, Any]:
    return {"id": number, "type": "message", "author": "a", "client_id": f"c-{number}", "message": f"text {number}"}


def clear(number: int, target: int) -> dict[str, Any]:
    return {"id": number, "type": "clear", "target": target}


def assert_found(sentence: str, run: tuple[File, ClientHistory, ClientHistory], change: Change) -> None:
    """After the change the run has this violation."""
    file, ada, bob = run
    change(file, ada, bob)
    found = violations([ada, bob], file)
    assert any(each.startswith(sentence) for each in found), found


def correct_run() -> tuple[File, ClientHistory, ClientHistory]:
    """Ada posted four messages. Bob joined after the first, and received the others."""
    file = [{"id": 1, "type": "room"}, *map(record, range(2, 6))]
    events = [Event.of(stored) for stored in file[1:]]
    sent = {f"c-{number}": f"text {number}" for number in range(2, 6)}
    ada = ClientHistory("ada", 1, sent, {f"c-{number}": number for number in range(2, 6)}, events)
    return file, ada, ClientHistory("bob", 2, received=events[1:])


def test_a_correct_run_has_no_violations() -> None:
    file, ada, bob = correct_run()
    assert violations([ada, bob], file) == []


def test_a_stored_message_without_an_acknowledgement_is_allowed() -> None:
    file, ada, bob = correct_run()
    del ada.acknowledged["c-5"]
    assert violations([ada, bob], file) == []


def swap(items: list[Any], one: int, other: int) -> None:
    items[one], items[other] = items[other], items[one]


VIOLATIONS: list[tuple[str, Change]] = [
    ("the file goes from 2 to 4", lambda file, ada, bob: file.pop(2)),
    ("the file goes from 1 to 3", lambda file, ada, bob: file.pop(1)),
    ("the file goes from 5 to 5", lambda file, ada, bob: file.append(file[-1])),
    ("the file goes from 2 to 4", lambda file, ada, bob: swap(file, 2, 3)),
    ("no client sent what the file holds as 3", lambda file, ada, bob: ada.sent.pop("c-3")),
    ("no client sent what the file holds as 3", lambda file, ada, bob: file[2].update(message="text")),
    ("the file holds c-2 as 2 and as 4", lambda file, ada, bob: file[3].update(client_id="c-2", message="text 2")),
    ("ada: c-5 was acknowledged as 5, and is not there", lambda file, ada, bob: file.pop()),
    ("ada: c-5 was acknowledged as 4, and is not there", lambda file, ada, bob: ada.acknowledged.update({"c-5": 4})),
    (
        "bob received Event(id=3",
        lambda file, ada, bob: bob.received.__setitem__(0, bob.received[0]._replace(message="other")),
    ),
    ("bob: missed what is between 3 and 5", lambda file, ada, bob: bob.received.pop(1)),
    ("bob: missed what is between 2 and 4", lambda file, ada, bob: bob.received.pop(0)),
    ("bob: received 4 after 4", lambda file, ada, bob: bob.received.insert(1, bob.received[1])),
    ("bob: received 3 after 4", lambda file, ada, bob: swap(bob.received, 0, 1)),
    ("bob: received nothing after 4, and the file ends with 5", lambda file, ada, bob: bob.received.pop()),
    ("bob: received nothing after 2, and the file ends with 5", lambda file, ada, bob: bob.received.clear()),
]


@pytest.mark.parametrize(("sentence", "change"), VIOLATIONS, ids=[sentence for sentence, _ in VIOLATIONS])
def test_each_violation_is_found_and_described(sentence: str, change: Change) -> None:
    file, ada, bob = correct_run()
    change(file, ada, bob)
    assert any(found.startswith(sentence) for found in violations([ada, bob], file))


def cleared_run() -> tuple[File, ClientHistory, ClientHistory]:
    """The same run, after the owner cleared everything up to 4."""
    file, ada, bob = correct_run()
    file[1:] = [record(5), clear(6, 4)]
    for history in (ada, bob):
        history.received.append(Event.of(file[-1]))
    return file, ada, bob


def test_cleared_events_may_be_missing_in_the_file_and_in_a_history() -> None:
    file, ada, bob = cleared_run()
    del bob.received[:2]
    assert violations([ada, bob], file) == []


def test_all_events_may_be_cleared_run() -> None:
    file, ada, bob = cleared_run()
    file[1:] = [clear(6, 5)]
    for history in (ada, bob):
        history.received[-1] = Event.of(file[-1])
    assert violations([ada, bob], file) == []


VIOLATIONS_AFTER_A_CLEAR: list[tuple[str, Change]] = [
    ("bob: missed what is between 4 and 6", lambda file, ada, bob: bob.received.pop(2)),
    ("ada: c-5 was acknowledged as 5, and is not there", lambda file, ada, bob: file.pop(1)),
    ("the file goes from 4 to 6", lambda file, ada, bob: file.pop(1)),
    (
        "bob received Event(id=3",
        lambda file, ada, bob: bob.received.__setitem__(0, bob.received[0]._replace(message="other")),
    ),
]


@pytest.mark.parametrize(
    ("sentence", "change"), VIOLATIONS_AFTER_A_CLEAR, ids=[sentence for sentence, _ in VIOLATIONS_AFTER_A_CLEAR]
)
def test_each_violation_is_found_after_a_clear(sentence: str, change: Change) -> None:
    file, ada, bob = cleared_run()
    change(file, ada, bob)
    assert any(found.startswith(sentence) for found in violations([ada, bob], file))


def amended_run() -> tuple[File, ClientHistory, ClientHistory]:
    """The same run; then Bob reacted to 3, and Ada edited 3 and deleted 4, which a file keeps without its text."""
    file, ada, bob = correct_run()
    common = {"type": "edit", "author": "a", "target": 3, "message": "new"}
    file += [
        {"id": 6, "type": "reaction", "author": "b", "client_id": "c-6", "target": 3, "emoji": "👋", "on": True},
        {**common, "id": 7, "client_id": "c-7"},
        {"id": 8, "type": "delete", "author": "a", "client_id": "c-8", "target": 4},
    ]
    bob.sent["c-6"] = (None, 3, "👋", True)
    ada.sent |= {"c-7": ("new", 3, None, None), "c-8": (None, 4, None, None)}
    for history in (ada, bob):
        history.received += map(Event.of, file[5:])
    del file[3]["message"]
    return file, ada, bob


def test_a_deleted_message_may_be_missing_in_the_file_and_in_a_history() -> None:
    file, ada, bob = amended_run()
    assert violations([ada, bob], file) == []
    bob.received[1] = Event.of({"id": 4, "type": "unknown"})
    assert violations([ada, bob], file) == []
    bob.received.pop(1)
    file.pop(3)
    assert violations([ada, bob], file) == []


VIOLATIONS_OF_AMENDMENTS: list[tuple[str, Change]] = [
    ("no client sent what the file holds as 7", lambda file, ada, bob: file[6].update(message="other")),
    ("no client sent what the file holds as 7", lambda file, ada, bob: file[6].update(target=2)),
    ("no client sent what the file holds as 6", lambda file, ada, bob: file[5].update(on=False)),
    ("no client sent what the file holds as 8", lambda file, ada, bob: ada.sent.pop("c-8")),
    ("the file goes from 5 to 7", lambda file, ada, bob: file.pop(5)),
    ("the file goes from 2 to 5", lambda file, ada, bob: file.pop(2)),
    ("bob received Event(id=6", lambda file, ada, bob: bob.received.__setitem__(3, bob.received[3]._replace(on=False))),
    (
        "bob received Event(id=3",
        lambda file, ada, bob: bob.received.__setitem__(0, Event.of({"id": 3, "type": "unknown"})),
    ),
    ("bob: missed what is between 5 and 7", lambda file, ada, bob: bob.received.pop(3)),
    ("bob: missed what is between 2 and 5", lambda file, ada, bob: (bob.received.pop(0), bob.received.pop(0))),
]


@pytest.mark.parametrize(("sentence", "change"), VIOLATIONS_OF_AMENDMENTS, ids=range(len(VIOLATIONS_OF_AMENDMENTS)))
def test_each_violation_of_amendments_is_found(sentence: str, change: Change) -> None:
    assert_found(sentence, amended_run(), change)


def test_what_is_about_cleared_messages_may_be_missing_too() -> None:
    file, ada, bob = amended_run()
    file.append(clear(9, 3))
    for history in (ada, bob):
        history.received.append(Event.of(file[-1]))
    kept = [each for each in file if each["type"] in {"room", "clear"} or min(each["id"], each.get("target", 9)) > 3]
    assert 0 < len(kept) < len(file) - 2
    assert violations([ada, bob], kept) == []


def compacted_run() -> tuple[File, ClientHistory, ClientHistory]:
    """The same run; then Ada edited 3 again, Bob took his reaction back and reacted to 2, and the owner compacted."""
    file, ada, bob = amended_run()
    reaction = {"type": "reaction", "author": "b", "emoji": "👋"}
    file += [
        {"id": 9, "type": "edit", "author": "a", "client_id": "c-9", "target": 3, "message": "newest"},
        {**reaction, "id": 10, "client_id": "c-10", "target": 3, "on": False},
        {**reaction, "id": 11, "client_id": "c-11", "target": 2, "on": True},
    ]
    ada.sent["c-9"] = ("newest", 3, None, None)
    bob.sent |= {"c-10": (None, 3, "👋", False), "c-11": (None, 2, "👋", True)}
    for history in (ada, bob):
        history.received += map(Event.of, file[8:])
    kept = [record for record in file if record["id"] not in {4, 6, 7, 10}]
    kept[0]["compacted"] = 11
    kept[2]["message"] = "newest"
    return kept, ada, bob


def test_a_compaction_drops_what_counts_no_more_and_gives_messages_their_newest_text() -> None:
    file, ada, bob = compacted_run()
    assert violations([ada, bob], file) == []


VIOLATIONS_AFTER_A_COMPACTION: list[tuple[str, Change]] = [
    ("the file goes from 5 to 8", lambda file, ada, bob: file[0].update(compacted=9)),
    ("the file goes from 7 to 9", lambda file, ada, bob: file.pop(4)),
    ("the file goes from 8 to 11", lambda file, ada, bob: file.pop(5)),
    ("bob: received nothing after 11, and the file ends with 8", lambda file, ada, bob: file.__delitem__(slice(5, 7))),
    ("no client sent what the file holds as 3", lambda file, ada, bob: file[2].update(message="new")),
]


@pytest.mark.parametrize(("sentence", "change"), VIOLATIONS_AFTER_A_COMPACTION, ids=range(5))
def test_each_violation_is_found_after_a_compaction(sentence: str, change: Change) -> None:
    assert_found(sentence, compacted_run(), change)


def test_who_was_reset_misses_what_came_before_and_nothing_behind_it() -> None:
    file, ada, bob = correct_run()
    bob.received[:1] = []
    bob.received[:1] = [Event.of({"type": RESET, "id": 4})]
    assert violations([ada, bob], file) == []
    bob.received[0] = Event.of({"type": RESET, "id": 3})
    assert violations([ada, bob], file) == ["bob: missed what is between 3 and 5"]
    bob.received.append(Event.of({"type": RESET, "id": 4}))
    assert "bob: was reset to 4 after 5" in violations([ada, bob], file)


def test_a_placeholder_may_stand_for_a_cleared_event() -> None:
    file, ada, bob = cleared_run()
    bob.received[0] = Event.of({"id": 3, "type": "unknown"})
    assert violations([ada, bob], file) == []


def test_the_texts_of_deleted_messages_with_their_edits_and_of_cleared_ones_are_those_that_are_to_be_gone() -> None:
    file, ada, bob = amended_run()
    assert removed_texts([ada, bob], file) == {"text 4"}
    edit = {"id": 9, "type": "edit", "author": "a", "client_id": "c-9", "target": 4, "message": "edited"}
    ada.sent["c-9"], ada.acknowledged["c-9"] = ("edited", 4, None, None), 9
    ada.received.append(Event.of(edit))
    assert removed_texts([ada, bob], [*file, clear(10, 2)]) == {"text 4", "edited", "text 2"}
