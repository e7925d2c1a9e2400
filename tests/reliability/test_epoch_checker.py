"""The checks for rooms whose file is replaced find every kind of violation, and report none for a correct run."""

from typing import Any

from tests.support.servers.epoch_checker import Acknowledgement, EpochChecker, differences, lost
from tests.support.servers.history_checker import Event


def record(number: int, text: str = "") -> dict[str, Any]:
    return {
        "id": number,
        "type": "message",
        "author": "a",
        "client_id": f"c-{number}",
        "message": text or f"text {number}",
    }


FILE = [{"id": 1, "type": "room", "epoch": "e1"}, *map(record, range(2, 6))]
VIEW = {number: Event.of(record(number)) for number in range(3, 6)}


def test_an_id_means_one_event_for_all_clients_of_an_epoch() -> None:
    checker = EpochChecker()
    checker.saw("ada", "e1", Event.of(record(2)))
    checker.saw("bob", "e1", Event.of(record(2)))
    checker.saw("bob", "e2", Event.of(record(2, "other")))
    assert checker.violations == []
    checker.saw("bob", "e1", Event.of(record(2, "other")))
    assert checker.violations == ["bob: id 2 of one epoch is 'text 2' and 'other'"]


def test_a_client_resumes_only_in_the_epoch_that_it_knows() -> None:
    checker = EpochChecker()
    checker.resumed("ada", {"since": 5, "epoch": "e1"}, {"epoch": "e1"})
    assert checker.violations == []
    checker.resumed("ada", {"since": 5, "epoch": "e1"}, {"epoch": "e2"})
    assert checker.violations == ["ada: resumed into another epoch without a reset"]


def test_an_acknowledged_message_must_be_there_under_its_id() -> None:
    there, gone = Acknowledgement("c-5", "e1", 5, 0.0), Acknowledgement("c-6", "e1", 6, 0.0)
    moved = Acknowledgement("c-5", "e1", 4, 0.0)
    assert lost([there], FILE) == []
    assert lost([there, gone, moved], FILE) == [
        "c-6 was acknowledged as 6, and is not there",
        "c-5 was acknowledged as 4, and is not there",
    ]


def test_a_view_is_the_end_of_the_file() -> None:
    assert differences("ada", VIEW, FILE) == []
    assert differences("ada", {}, FILE) == []


def test_a_view_that_is_not_the_end_of_the_file_is_described() -> None:
    assert "does not have" in differences("ada", {number: VIEW[number] for number in (3, 5)}, FILE)[0]
    assert "is not in the file" in differences("ada", {**VIEW, 6: Event.of(record(6))}, FILE)[0]
    assert "and the file" in differences("ada", {**VIEW, 4: Event.of(record(4, "other"))}, FILE)[0]
