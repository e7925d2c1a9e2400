"""chat/history/importers/identity.py"""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.identity import Identity, RoomIdentity
from chat.wire.protocol import MAX_CLIENT_ID


def room(key: str = "C1") -> RoomIdentity:
    return Identity("lines").of_room(key)


def entry(moment: int, author: str, text: str, source_id: str = "") -> NeutralEntry:
    return NeutralEntry("C1", source_id, author, author, moment, text, "place")


said = st.builds(entry, st.integers(0, 3), st.sampled_from("ab"), st.sampled_from(["ok", "no", "\u00e9"]))


@given(st.lists(said, max_size=30), st.integers(1, 30))
def test_messages_without_ids_are_all_different_and_the_same_in_every_run(said: list[NeutralEntry], size: int) -> None:
    said.sort(key=lambda each: each.moment)

    def in_parts(size: int) -> list[tuple[str, str]]:
        ids = room()
        parts = (said[start : start + size] for start in range(0, len(said), size))
        return [
            (each.author_id, found) for part in parts for each, found in zip(part, ids.of_entries(part), strict=True)
        ]

    assert len(set(in_parts(size))) == len(said)
    assert in_parts(size) == in_parts(1)


def test_the_number_of_equal_ones_says_nothing_about_other_moments_and_authors() -> None:
    entries = [entry(1, "a", "ok"), entry(1, "b", "ok"), entry(1, "a", "ok"), entry(2, "a", "ok")]
    first, _, second, later = room().of_entries(entries)
    assert second == f"{first}-2"
    assert later == room().of_entries(entries[3:])[0]


@pytest.mark.parametrize("source_id", ["1600000000.123456", "$" + "x" * 43, "x" * 200, "\u00fc \x07", "a\ud800"])
def test_every_id_of_a_source_becomes_a_valid_client_id(source_id: str) -> None:
    [found] = room().of_entries([entry(1, "a", "ok", source_id)])
    assert found == room().of_source_id(source_id)
    assert found.startswith(room().tag)
    assert 0 < len(found) <= MAX_CLIENT_ID
    assert found.isascii()


def test_rooms_and_workspaces_have_ids_of_their_own() -> None:
    def ids(identities: Iterable[Identity]) -> set[str]:
        return {each.of_room(key).of_source_id("1") for each in identities for key in ("C1", "C2")}

    assert len(ids([Identity("lines"), Identity("lines", "T1"), Identity("other")])) == 6


def test_edits_and_reactions_have_ids_too() -> None:
    ids = room()
    message = ids.of_source_id("x" * 40)
    found = [ids.of_edit(message, 10**12), ids.of_edit(message, 1), ids.of_reaction(message, "\U0001f44b"), message]
    assert len(set(found)) == 4
    assert max(map(len, found)) <= MAX_CLIENT_ID
