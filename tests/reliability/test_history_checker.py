"""The checker of the histories finds each thing that can be wrong with them, and nothing where nothing is."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.servers.history_checker import ClientHistory, Event, violations

File = list[dict[str, Any]]
Break = Callable[[File, ClientHistory, ClientHistory], object]


def record(number: int) -> dict[str, Any]:
    return {"id": number, "type": "message", "author": "a", "client_id": f"c-{number}", "message": f"text {number}"}


def clear(number: int, target: int) -> dict[str, Any]:
    return {"id": number, "type": "clear", "target": target}


def all_well() -> tuple[File, ClientHistory, ClientHistory]:
    """Ada said four things, and bob, who came after the first, heard the others."""
    file = [{"id": 1, "type": "room"}, *map(record, range(2, 6))]
    events = [Event.of(kept) for kept in file[1:]]
    said = {f"c-{number}": f"text {number}" for number in range(2, 6)}
    ada = ClientHistory("ada", 1, said, {f"c-{number}": number for number in range(2, 6)}, events)
    return file, ada, ClientHistory("bob", 2, received=events[1:])


def test_where_all_is_well_nothing_is_found() -> None:
    file, ada, bob = all_well()
    assert violations([ada, bob], file) == []


def test_what_is_stored_and_was_never_acknowledged_is_allowed() -> None:
    file, ada, bob = all_well()
    del ada.acknowledged["c-5"]
    assert violations([ada, bob], file) == []


def swap(items: list[Any], one: int, other: int) -> None:
    items[one], items[other] = items[other], items[one]


BREAKS: list[tuple[str, Break]] = [
    ("the file goes from 2 to 4", lambda file, ada, bob: file.pop(2)),
    ("the file goes from 1 to 3", lambda file, ada, bob: file.pop(1)),
    ("the file goes from 5 to 5", lambda file, ada, bob: file.append(file[-1])),
    ("the file goes from 2 to 4", lambda file, ada, bob: swap(file, 2, 3)),
    ("nobody said what the file keeps as 3", lambda file, ada, bob: ada.sent.pop("c-3")),
    ("nobody said what the file keeps as 3", lambda file, ada, bob: file[2].update(message="text")),
    ("the file keeps c-2 as 2 and as 4", lambda file, ada, bob: file[3].update(client_id="c-2", message="text 2")),
    ("ada: c-5 was acknowledged as 5, and is not there", lambda file, ada, bob: file.pop()),
    ("ada: c-5 was acknowledged as 4, and is not there", lambda file, ada, bob: ada.acknowledged.update({"c-5": 4})),
    (
        "bob heard Event(id=3",
        lambda file, ada, bob: bob.received.__setitem__(0, bob.received[0]._replace(message="other")),
    ),
    ("bob: missed what is between 3 and 5", lambda file, ada, bob: bob.received.pop(1)),
    ("bob: missed what is between 2 and 4", lambda file, ada, bob: bob.received.pop(0)),
    ("bob: heard 4 after 4", lambda file, ada, bob: bob.received.insert(1, bob.received[1])),
    ("bob: heard 3 after 4", lambda file, ada, bob: swap(bob.received, 0, 1)),
    ("bob: heard nothing after 4, and the file ends with 5", lambda file, ada, bob: bob.received.pop()),
    ("bob: heard nothing after 2, and the file ends with 5", lambda file, ada, bob: bob.received.clear()),
]


@pytest.mark.parametrize(("sentence", "spoil"), BREAKS, ids=[sentence for sentence, _ in BREAKS])
def test_what_is_wrong_is_found_and_named(sentence: str, spoil: Break) -> None:
    file, ada, bob = all_well()
    spoil(file, ada, bob)
    assert any(found.startswith(sentence) for found in violations([ada, bob], file))


def cleared() -> tuple[File, ClientHistory, ClientHistory]:
    """The same, after the owner cleared everything up to 4."""
    file, ada, bob = all_well()
    file[1:] = [record(5), clear(6, 4)]
    for story in (ada, bob):
        story.received.append(Event.of(file[-1]))
    return file, ada, bob


def test_what_was_cleared_may_be_gone_from_the_file_and_from_who_was_away() -> None:
    file, ada, bob = cleared()
    del bob.received[:2]
    assert violations([ada, bob], file) == []


def test_everything_may_have_been_cleared() -> None:
    file, ada, bob = cleared()
    file[1:] = [clear(6, 5)]
    assert violations([ada, bob], file) == []


CLEARED_BREAKS: list[tuple[str, Break]] = [
    ("bob: missed what is between 4 and 6", lambda file, ada, bob: bob.received.pop(2)),
    ("ada: c-5 was acknowledged as 5, and is not there", lambda file, ada, bob: file.pop(1)),
    ("the file goes from 4 to 6", lambda file, ada, bob: file.pop(1)),
    (
        "bob heard Event(id=3",
        lambda file, ada, bob: bob.received.__setitem__(0, bob.received[0]._replace(message="other")),
    ),
]


@pytest.mark.parametrize(("sentence", "spoil"), CLEARED_BREAKS, ids=[sentence for sentence, _ in CLEARED_BREAKS])
def test_a_clear_excuses_nothing_else(sentence: str, spoil: Break) -> None:
    file, ada, bob = cleared()
    spoil(file, ada, bob)
    assert any(found.startswith(sentence) for found in violations([ada, bob], file))
