"""Edits, deletes and reactions, topics and names of rooms: what is stored of them, and what a page shows."""

import msgspec
import pytest

from chat.storage import ROOM_RECORD_ID, Draft, FoldedMessage, IdTaken, Refusal, Reply, RoomLog
from chat.storage.folding import MAX_KINDS_BY_AUTHOR, MAX_REACTION_KINDS
from tests.support.storage.drafts import amended, deleted, edited, reacted, reactions, shown
from tests.support.storage.expected_history import said
from tests.support.storage.installations import Installation


def refusals(log: RoomLog, *drafts: Draft) -> list[Refusal | None]:
    return [outcome.refusal for outcome in log.append(drafts)]


def test_a_page_shows_messages_as_they_are_now(log: RoomLog) -> None:
    log.append([said("one"), said("two"), said("three")])  # 2, 3, 4
    edit = log.append([edited(2, "uno"), reacted(3), deleted(4)])[0].record  # 5, 6, 7
    assert shown(log) == [(2, "uno", 5), (3, "two", 6)]
    message = log.message(2)
    assert message is not None
    assert edit is not None
    assert message.edited == edit.timestamp
    assert log.message(4) is None
    assert [record.message for record in log.texts(2)] == ["one", "uno"]
    assert log.texts(4) == log.texts(5) == log.texts(99) == []


def test_the_log_is_as_it_was_written_without_what_is_deleted(log: RoomLog) -> None:
    log.append([said("one"), said("two"), edited(2, "uno"), reacted(3)])
    log.append([edited(3, "dos"), deleted(3)])
    assert [(record.id, record.type) for record in log.page().records] == [
        (2, "message"),
        (4, "edit"),
        (5, "reaction"),
        (7, "delete"),
    ]


def test_only_the_author_edits_and_deletes_and_everybody_reacts(log: RoomLog) -> None:
    log.append([said("mine")])
    drafts = edited(2, "yours", "bob"), deleted(2, "bob"), reacted(2, author="bob")
    assert refusals(log, *drafts) == [Refusal.NOT_ALLOWED, Refusal.NOT_ALLOWED, None]
    assert shown(log) == [(2, "mine", 3)]


@pytest.mark.parametrize("target", [0, 1, 3, 4, 5, 99])
def test_only_a_message_that_is_there_is_amended(target: int, log: RoomLog) -> None:
    log.append([said("hi"), said("gone"), deleted(3), amended("topic", topic="cake")])
    drafts = edited(target, "new"), deleted(target), reacted(target)
    assert refusals(log, *drafts) == [Refusal.NOT_FOUND] * 3
    assert log.last_id == 5


def test_amendments_are_checked_in_the_order_of_their_batch(log: RoomLog) -> None:
    outcomes = log.append([said("one"), edited(2, "uno"), reacted(2), deleted(2), edited(2, "late"), reacted(2)])
    assert [outcome.refusal for outcome in outcomes] == [None] * 4 + [Refusal.NOT_FOUND] * 2
    assert shown(log) == []


def test_a_batch_amends_a_stored_message_step_by_step(log: RoomLog) -> None:
    """Regression: the second reaction of a batch was checked against the message as it was before the first."""
    log.append([said("one")])  # 2
    log.append([reacted(2), reacted(2, on=False)])
    assert reactions(log, 2) == {}


def test_an_imported_edit_may_have_the_text_of_its_message(log: RoomLog) -> None:
    """An export has the newest text of a message alone."""
    log.append([said("one")])  # 2
    when = "2026-11-01T10:00:00.000Z"
    assert not log.append([edited(2, "one", timestamp=when)])[0].repeated
    message = log.message(2)
    assert message is not None
    assert message.edited == when


def test_what_changes_nothing_is_no_event(log: RoomLog) -> None:
    log.append([said("one"), reacted(2), amended("topic", topic="cake")])
    drafts = edited(2, "one"), reacted(2), reacted(2, on=False, author="bob"), amended("topic", topic="cake")
    outcomes = log.append(drafts)
    assert [(outcome.record and outcome.record.id, outcome.repeated) for outcome in outcomes] == [
        (3, True),
        (3, True),
        (3, True),
        (4, True),
    ]
    (named,) = log.append([amended("room_name", name="lobby", client_id="c")])
    assert named.record is not None
    assert (named.record.id, named.record.client_id) == (ROOM_RECORD_ID, "c")
    assert log.last_id == 4


def test_one_reaction_per_author_and_emoji_and_twenty_emoji(log: RoomLog) -> None:
    kinds, people = [chr(0x1F600 + kind) for kind in range(MAX_REACTION_KINDS)], ["alice", "cleo"]
    log.append([said("hi"), *(reacted(2, kind, people[number % 2]) for number, kind in enumerate(kinds))])
    full = [reacted(2, author="bob"), reacted(2, kinds[0], author="bob")]
    assert refusals(log, *full) == [Refusal.TOO_MANY_REACTIONS, None]
    log.append([reacted(2, kinds[2], on=False)])
    assert refusals(log, reacted(2)) == [None]
    assert list(reactions(log, 2).items())[0] == (kinds[0], ("alice", "bob"))
    assert list(reactions(log, 2).items())[-1] == ("👋", ("alice",))


def test_nobody_alone_can_leave_no_place_for_the_emoji_of_others(log: RoomLog) -> None:
    kinds = [chr(0x1F600 + kind) for kind in range(MAX_KINDS_BY_AUTHOR + 1)]
    log.append([said("hi")])
    assert refusals(log, *(reacted(2, kind) for kind in kinds)) == [
        *([None] * MAX_KINDS_BY_AUTHOR),
        Refusal.TOO_MANY_REACTIONS,
    ]
    assert refusals(log, reacted(2, kinds[-1], author="bob"), reacted(2, kinds[-1])) == [
        None,
        Refusal.TOO_MANY_REACTIONS,
    ]
    assert refusals(log, reacted(2, kinds[0]), reacted(2, kinds[0], on=False), reacted(2, kinds[-1])) == [None] * 3
    imported = [reacted(2, kind, timestamp="2026-11-01T12:00:00.000Z") for kind in kinds]
    assert refusals(log, *imported) == [None] * len(kinds), "an import loses none"


def test_a_repeat_of_what_was_deleted_is_answered_with_the_delete(log: RoomLog) -> None:
    log.append([said("one", "c1"), edited(2, "uno", client_id="c2"), reacted(2, client_id="c3")])
    repeats = said("one", "c1"), edited(2, "uno", client_id="c2"), reacted(2, client_id="c3")
    assert [outcome.record and outcome.record.type for outcome in log.append(repeats)] == [
        "message",
        "edit",
        "reaction",
    ]
    (delete,) = log.append([deleted(2, client_id="c4")])
    assert delete.record
    outcomes = log.append([*repeats, deleted(2, client_id="c4")])
    assert [(each.record and (each.record.id, each.record.type, each.record.client_id)) for each in outcomes] == [
        (5, "delete", "c1"),
        (5, "delete", "c2"),
        (4, "reaction", "c3"),
        (5, "delete", "c4"),
    ]
    assert all(outcome.repeated for outcome in outcomes)
    assert log.last_id == 5


def test_a_reply_shows_what_it_answers(log: RoomLog) -> None:
    log.append([said("one"), said("x" * 300), said("gone")])
    for target in (2, 3, 4):
        log.append([msgspec.structs.replace(said("yes"), reply_to=target)])
    log.append([edited(2, "uno"), deleted(4), msgspec.structs.replace(said("late"), reply_to=4)])
    found = [message and message.reply for message in map(log.message, (2, 5, 6, 7, 10))]
    assert found == [
        None,
        Reply(2, "alice", "uno"),
        Reply(3, "alice", "x" * 200),
        Reply(4, deleted=True),
        Reply(4, deleted=True),
    ]
    assert [item.reply for item in log.items(after=4).items if isinstance(item, FoldedMessage)] == found[1:]


@pytest.mark.parametrize("target", [0, 1, 3, 99])
def test_a_reply_answers_a_message(target: int, log: RoomLog) -> None:
    assert refusals(log, msgspec.structs.replace(said("yes"), reply_to=target)) == [Refusal.NOT_FOUND]
    log.append([said("one"), reacted(2)])
    assert refusals(log, msgspec.structs.replace(said("yes"), reply_to=target)) == [Refusal.NOT_FOUND]


def test_a_page_counts_items_and_not_events(log: RoomLog) -> None:
    log.append(
        [said("one"), said("two"), said("three"), said("gone"), *(reacted(3, author=str(n)) for n in range(600))]
    )
    log.append([deleted(5), amended("topic", topic="cake")])
    assert [item.rev if isinstance(item, FoldedMessage) else item.type for item in log.items(limit=3).items] == [
        605,
        4,
        "topic",
    ]
    assert [len(log.items(limit=limit).items) for limit in (3, 4, 5)] == [3, 4, 4]
    assert [log.items(limit=limit).complete for limit in (3, 4)] == [False, True]
    page = log.items(after=2, limit=1)
    assert (len(page.items), page.complete) == (1, False)
    assert [message for _, message, _ in shown(log)] == ["one", "two", "three"]


def test_topic_and_name_are_those_of_the_newest_events(log: RoomLog) -> None:
    assert (log.topic, log.name) == ("", "lobby")
    log.append([amended("topic", topic="cake"), amended("room_name", name="The Bakery"), amended("topic", topic="")])
    assert (log.topic, log.name) == ("", "The Bakery")
    log.append([amended("topic", topic="bread")])
    log.clear(log.last_id)
    assert (log.topic, log.name) == ("bread", "The Bakery")
    (repeat,) = log.append([amended("topic", topic="bread")])
    assert repeat.record is not None
    assert repeat.record.id == ROOM_RECORD_ID


def test_what_another_process_does_to_a_message_is_seen(stores: Installation) -> None:
    log, other = stores.open().open("lobby"), stores.open().open("lobby")
    log.append([said("one"), reacted(2)])
    other.refresh()
    for number in range(3):
        assert shown(log) == shown(other)
        other.append([edited(2, f"text {number}")])
        assert shown(other) == [(2, f"text {number}", 4 + 2 * number)]
        log.refresh()
        assert shown(log) == shown(other)
        log.append([reacted(2, author=str(number))])
        other.refresh()
    assert reactions(other, 2) == {"👋": ("alice", "0", "1", "2")}


def test_a_refused_batch_changes_nothing(log: RoomLog) -> None:
    log.append([said("one"), reacted(2)])
    shown(log)
    with pytest.raises(IdTaken):
        log.append([edited(2, "uno"), msgspec.structs.replace(said("no"), id=3)])
    assert shown(log) == [(2, "one", 3)]
