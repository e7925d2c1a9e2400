"""Folding: any amendments in any order, compared with a model that answers each question by itself."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from chat.storage import Record
from chat.storage.folding import EXCERPT_CHARACTERS, FoldedMessage, MessageState, Reply, fold, reply_to

MESSAGE = Record(id=2, type="message", author="alice", username="ada", message="hi", timestamp="t2")
amendments = st.lists(
    st.one_of(
        st.builds(lambda text: {"type": "edit", "message": text}, st.sampled_from(["", "one", "two"])),
        st.builds(
            lambda author, emoji, on: {"type": "reaction", "author": author, "emoji": emoji, "on": on},
            st.sampled_from(["alice", "bob", "charlie"]),
            st.sampled_from(["👋", "🎉"]),
            st.booleans(),
        ),
    ),
    max_size=12,
)


def records_of(rows: Sequence[dict[str, object]]) -> list[Record]:
    return [
        Record(**{"id": number, "timestamp": f"t{number}", "target": 2, "username": f"u{number}", **row})
        for number, row in enumerate(rows, 10)
    ]


def who_reacted(records: Sequence[Record], emoji: str) -> list[tuple[str | None, str | None]]:
    """Everybody whose last word on this emoji is a yes, in the order of the first yes since their last no."""
    found: list[tuple[str | None, str | None]] = []
    for author in {record.author for record in records if record.type == "reaction"}:
        own = [
            record for record in records if (record.type, record.emoji, record.author) == ("reaction", emoji, author)
        ]
        since_no = next((place for place in range(len(own), 0, -1) if not own[place - 1].on), 0)
        found += [(author, record.username) for record in own[since_no:][:1]]
    return sorted(found, key=lambda each: int((each[1] or "u0")[1:]))


@settings(max_examples=200, deadline=None)
@given(amendments)
def test_a_message_is_what_its_amendments_made_of_it(rows: list[dict[str, object]]) -> None:
    records = records_of(rows)
    folded = fold(MESSAGE, records)
    edits = [record for record in records if record.type == "edit"]
    assert folded is not None
    assert folded.record.message == (edits[-1].message if edits else "hi")
    assert folded.edited == (edits[-1].timestamp if edits else None)
    assert (folded.record.id, folded.record.username, folded.rev) == (2, "ada", records[-1].id if records else 2)
    assert {each.emoji: list(zip(each.authors, each.usernames, strict=True)) for each in folded.reactions} == {
        emoji: people for emoji in ("👋", "🎉") if (people := who_reacted(records, emoji))
    }


@given(amendments, st.integers(0, 12))
def test_a_state_is_the_same_however_often_it_is_looked_at(rows: list[dict[str, object]], looks: int) -> None:
    """What a page shows of a message does not change with what happens to it later."""
    state, shown = MessageState(MESSAGE), []
    for record in records_of(rows):
        shown.append((state.folded(), state.rev))
        state.apply(record)
    for folded, rev in shown:
        assert folded is not None
        assert folded == fold(MESSAGE, [each for each in records_of(rows) if each.id <= rev])
    assert state.weight == 1 + sum(
        len(each.authors) for each in (state.folded() or FoldedMessage(MESSAGE, 2)).reactions
    )


@given(amendments, amendments)
def test_nothing_is_left_of_a_deleted_message(before: list[dict[str, object]], after: list[dict[str, object]]) -> None:
    records = records_of([*before, {"type": "delete", "author": "alice"}, *after])
    assert fold(MESSAGE, records) is None
    state = MessageState(MESSAGE)
    for record in records:
        state.apply(record)
    assert (state.deletion, state.weight, state.reactions) == (records[len(before)], 1, {})
    assert (state.record.message, state.record.username, state.record.author) == (None, None, "alice")


def test_what_an_owner_made_incomplete_by_hand_changes_nothing() -> None:
    rows = [{"type": "edit"}, {"type": "reaction", "emoji": "👋", "on": True}, {"type": "reaction", "author": "bob"}]
    assert fold(MESSAGE, records_of(rows)) == FoldedMessage(MESSAGE, 12)


def test_a_reply_shows_the_beginning_of_a_text() -> None:
    long = Record(id=2, type="message", author="a", username="ada", message="é" * 500, timestamp="t")
    assert reply_to(2, long) == Reply(2, "ada", "é" * EXCERPT_CHARACTERS)
    assert reply_to(2, None) == Reply(2, deleted=True)
