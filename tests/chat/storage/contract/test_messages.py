"""Messages: each is stored once, as it was written, under an id that is never used again."""

from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.storage import Draft, LookingStore, RoomLog, Store
from tests.support.effort import effort
from tests.support.storage.drafts import edited
from tests.support.storage.expected_history import said
from tests.support.storage.installations import Installation
from tests.support.storage.writers import MESSAGES, write_own_and_shared

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
TEXTS = [
    'Zoë says: 你好 👩‍👩‍👧 <b>"\\u0041" & \u2028\x7f</b>',
    "it's 100 %_ \\a; -- $1 %s",
    " \n\t ",
    "x" * 300_000,
]
FIELDS = ("type", "author", "username", "message", "target", "emoji", "on", "topic", "name", "client_id")
NUMBERS = count()
quick = settings(suppress_health_check=list(HealthCheck), derandomize=True, database=None)
drafts = st.builds(Draft, author=text, username=text, message=text, client_id=st.none() | text)


def texts(log: RoomLog) -> list[str | None]:
    return [record.message for record in log.page(limit=10_000).records if record.type == "message"]


def test_a_room_that_nobody_wrote_to_is_empty(store: Store, log: RoomLog) -> None:
    assert (log.last_id, log.exists, log.topic, log.name, log.damage) == (1, False, "", "lobby", None)
    assert (log.page(), log.items(), log.append([])) == (([], True), ([], True), [])
    assert log.append([edited(2, "what was never said")])[0].refusal is not None
    assert not log.exists
    assert store.rooms() == []
    assert store.find("lobby") is None


def test_the_epoch_of_an_empty_room_is_kept_by_its_first_batch(stores: Installation, log: RoomLog) -> None:
    epoch = log.epoch
    assert epoch
    log.append([said("hi")])
    assert log.epoch == stores.open().open("lobby").epoch == epoch


def test_the_first_batch_of_two_processes_decides_the_epoch(stores: Installation) -> None:
    alice, bob = stores.open().open("lobby"), stores.open().open("lobby")
    alice.append([said("hi")])
    bob.append([said("hi")])
    assert alice.epoch == bob.epoch == stores.open().open("lobby").epoch


@pytest.mark.parametrize("written", TEXTS, ids=range(len(TEXTS)))
def test_text_is_kept_as_it_was_written(written: str, stores: Installation) -> None:
    (outcome,) = stores.open().open("lobby").append([said(written, "c-1")])
    assert outcome.record is not None
    assert outcome.record.message == written
    assert texts(stores.open().open("lobby")) == [written]
    (repeat,) = stores.open().append("lobby", [said("", "c-1")])
    assert repeat.record is not None
    assert (repeat.record.id, repeat.record.message) == (2, written)


def test_a_record_has_every_field_that_its_draft_had(stores: Installation) -> None:
    person = {"author": "a-1", "username": "ada"}
    batch = [
        said("hi"),
        Draft(message="yes", reply_to=2, client_id="c-1", **person),
        Draft(type="edit", target=3, message="no", client_id="c-2", **person),
        Draft(type="reaction", target=2, emoji="👋", on=True, client_id="c-3", **person),
        Draft(type="topic", topic="tea", client_id="c-4", **person),
        Draft(type="room_name", name="Tea Room", client_id="c-5", **person),
        Draft(type="delete", target=3, client_id="c-6", **person),
    ]
    outcomes = stores.open().open("lobby").append(batch)
    records = {record.id: record for record in stores.open().open("lobby").page().records}
    assert list(records) == [2, 5, 6, 7, 8], "what is deleted is on no page"
    for draft, outcome in zip(batch, outcomes, strict=True):
        assert outcome.record is not None
        if outcome.record.id in records:
            found = records[outcome.record.id]
            for field in (
                "type",
                "author",
                "username",
                "message",
                "target",
                "emoji",
                "on",
                "topic",
                "name",
                "client_id",
            ):
                assert getattr(found, field) == getattr(draft, field), field
            assert found.timestamp == outcome.record.timestamp


@settings(quick, max_examples=effort(15, torture=500))
@given(st.lists(st.lists(drafts, max_size=5), max_size=4))
def test_whatever_people_write_comes_back_as_it_was(stores: Installation, batches: list[list[Draft]]) -> None:
    room = f"room-{next(NUMBERS)}"
    log = stores.open().open(room)
    expected: dict[object, tuple[str, str, str | None]] = {}
    for batch in batches:
        for number, draft in enumerate(batch):
            key = (draft.author, draft.client_id) if draft.client_id is not None else (id(batch), number)
            expected.setdefault(key, (draft.author, draft.username, draft.message))
        log.append(batch)
    for reader in (log, stores.open().open(room)):
        records = reader.page(limit=100).records
        assert [(record.author, record.username, record.message) for record in records] == list(expected.values())


@pytest.mark.parametrize(
    "draft",
    [
        Draft(author="a", username="ada"),
        Draft(author="a", username=None, message="hi"),
        Draft(type="clear", author="a", username="ada", target=3),
        Draft(type="poll", author="a", username="ada", message="which?"),
    ],
    ids=["a message without text", "a message without a name", "a type that only the log writes", "an unknown type"],
)
def test_what_is_not_complete_or_of_no_stored_type_is_refused(draft: Draft, log: RoomLog) -> None:
    with pytest.raises(ValueError, match="not a draft of a stored type"):
        log.append([said("whole"), draft])
    assert (log.exists, log.last_id) == (False, 1), "nothing of the batch is stored"


def test_a_repeat_gets_the_first_record_in_the_same_batch_and_later(stores: Installation) -> None:
    log = stores.open().open("lobby")
    first, twin, other = log.append([said("hi", "1"), said("hi again", "1"), said("hi", "1", author="bob")])
    assert [first.repeated, twin.repeated, other.repeated] == [False, True, False]
    assert twin.record == first.record
    (later,) = log.append([said("something else", "1")])
    assert (later.repeated, later.record.id, later.record.message) == (True, first.record.id, "hi")
    assert texts(log) == ["hi", "hi"]


def test_a_repeat_is_known_after_a_restart(stores: Installation) -> None:
    (first,) = stores.open().open("lobby").append([said("hi", "1")])
    (repeat,) = stores.open().open("lobby").append([said("hi", "1")])
    assert (repeat.repeated, repeat.record.id) == (True, first.record.id)


def test_messages_without_client_id_are_never_taken_for_repeats(stores: Installation) -> None:
    assert [outcome.repeated for outcome in stores.open().open("lobby").append([said("hi"), said("hi")])] == [
        False,
        False,
    ]


def test_an_import_keeps_its_ids_and_cannot_go_backwards(stores: Installation) -> None:
    log = stores.open().open("lobby")
    stored = log.append([_imported(10), _imported(20)])
    assert [outcome.record.id for outcome in stored] == [10, 20]
    with pytest.raises(ValueError, match="id 20"):
        log.append([_imported(20)])
    assert log.append([said("next")])[0].record.id == 21
    assert [record.id for record in stores.open().open("lobby").page().records] == [10, 20, 21]


def _imported(number: int) -> Draft:
    return Draft(author="a", username="a", message="old", id=number, timestamp="2020-01-01T00:00:00.000Z")


def test_a_time_that_is_given_is_kept(stores: Installation) -> None:
    stores.open().open("lobby").append([_imported(5)])
    assert stores.open().open("lobby").page().records[0].timestamp == "2020-01-01T00:00:00.000Z"


def test_a_refused_import_stores_nothing_of_its_batch(stores: Installation, log: RoomLog) -> None:
    log.append([_imported(10)])
    with pytest.raises(ValueError, match="id 10"):
        log.append([said("new"), _imported(10)])
    assert log.last_id == stores.open().open("lobby").last_id == 10
    assert log.append([said("next")])[0].record.id == 11


def test_processes_that_write_at_once_lose_and_double_nothing(stores: Installation) -> None:
    """They also repeat each other's messages, as a client does that comes back to another server."""
    people = ["alice", "bob", "charlie"][: effort(2, torture=3)]
    with ProcessPoolExecutor(len(people), mp_context=get_context("spawn")) as pool:
        own = sorted(sum(pool.map(write_own_and_shared, [stores.environ] * len(people), people), []))
    records = stores.open().open("lobby").page(limit=1000).records
    assert [record.id for record in records] == list(range(2, MESSAGES * (len(people) + 1) + 2))
    assert [record.id for record in records if record.author != "shared"] == own
    assert len({(record.author, record.client_id) for record in records}) == len(records)


def test_what_another_log_wrote_is_seen_after_a_refresh(stores: Installation) -> None:
    alice, bob = stores.open().open("lobby"), stores.open().open("lobby")
    alice.append([said("one")])
    bob.refresh()
    assert not bob.changed()
    alice.append([said("two")])
    bob.refresh()
    assert (bob.last_id, texts(bob), bob.changed()) == (3, ["one", "two"], False)


def test_a_store_says_cheaply_that_another_process_wrote(stores: Installation) -> None:
    """A log says it itself, or the store answers for all rooms at once."""
    store, other = stores.open(), stores.open()
    log, quiet = store.open("lobby"), store.open("quiet")
    log.append([said("one")])
    quiet.append([said("one")])
    other.append("lobby", [said("two")])
    if isinstance(store, LookingStore):
        found = store.look(["lobby", "quiet", "nowhere"])
        assert found == {"lobby": (log.epoch, 3), "quiet": (quiet.epoch, 2)}
        assert store.look([]) == {}
    else:
        assert (log.changed(), quiet.changed()) == (True, False)


def test_two_logs_take_turns(stores: Installation) -> None:
    alice, bob = stores.open().open("lobby"), stores.open().open("lobby")
    for number in range(2, 12):
        writer = alice if number % 2 else bob
        assert writer.append([said(f"{number}")])[0].record.id == number
    alice.refresh()
    bob.refresh()
    assert texts(alice) == texts(bob) == [str(number) for number in range(2, 12)]


def test_a_closed_log_opens_again_when_it_is_used(stores: Installation) -> None:
    log = stores.open().open("lobby")
    log.append([said("one", "1"), said("two")])
    log.close()
    assert texts(log) == ["one", "two"]
    log.close()
    assert log.append([said("three")])[0].record.id == 4
    log.close()
    assert log.append([said("one", "1")])[0].repeated


def test_a_draft_that_cannot_be_encoded_harms_nobody_after_it(stores: Installation) -> None:
    for room in ("lobby", "new"):
        log = stores.open().open(room)
        with pytest.raises(UnicodeEncodeError):
            log.append([said("whole"), said("half a pair: \ud800")])
        last = log.last_id
        assert log.append([said("next")])[0].record.id == last + 1
