"""Usernames, room names and room slugs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.names import (
    MAX_USERNAME,
    BadName,
    clean_room_name,
    clean_username,
    folded,
    is_room_slug,
    numbered_slugs,
    room_slug,
)

BIDI_OVERRIDE = "\u202e"
ZERO_WIDTH_SPACE = "\u200b"
HANGUL_FILLER = "\u3164"
BRAILLE_BLANK = "\u2800"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Lobby", "lobby"),
        ("Büro Köln!", "buro-koln"),
        ("日本語", "ri-ben-yu"),
        ("Привет мир", "privet-mir"),
        ("  a  b  ", "a-b"),
        ("../../etc/passwd", "etc-passwd"),
        ("42", "42"),
        ("-x-", "x"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_room_name_gives_a_readable_slug(name: str, slug: str) -> None:
    assert room_slug(name) == slug


@pytest.mark.parametrize("name", ["🎉🎉", "!!!", "---", ""])
def test_a_room_name_without_letter_or_digit_has_no_slug(name: str) -> None:
    with pytest.raises(BadName, match="letter or digit"):
        room_slug(name)


@given(st.text(max_size=300))
def test_every_room_name_gives_a_valid_slug_or_is_refused(name: str) -> None:
    try:
        assert is_room_slug(room_slug(name))
    except BadName:
        pass


def test_the_slug_of_a_long_name_ends_between_words() -> None:
    slug = room_slug("word " * 40)
    assert len(slug) <= 64
    assert set(slug.split("-")) == {"word"}


@pytest.mark.parametrize(
    ("slug", "next_ones"), [("c", ["c-2", "c-3"]), ("x" * 64, ["x" * 62 + "-2"]), ("x" * 61 + "-yy", ["x" * 61 + "-2"])]
)
def test_the_slugs_of_names_that_meet_are_numbered(slug: str, next_ones: list[str]) -> None:
    numbered = [candidate for candidate, _ in zip(numbered_slugs(slug), range(12), strict=False)]
    assert numbered[: 1 + len(next_ones)] == [slug, *next_ones]
    assert all(map(is_room_slug, numbered))
    assert len({*numbered}) == 12


@pytest.mark.parametrize("name", ["garden  party", " GARDEN party", "Garden\tParty\n", "garden\u3000party"])
def test_names_that_differ_in_case_and_blanks_are_the_same(name: str) -> None:
    assert folded(name) == folded("Garden Party")


@pytest.mark.parametrize(("one", "other"), [("é", "E\u0301"), ("Straße", "STRASSE"), ("ΟΔΟΣ", "οδος")])
def test_names_are_folded_in_every_script(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("C++", "C#"), ("A & B", "A/B"), ("Büro", "Buro"), ("a-b", "a b")])
def test_other_differences_are_differences(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize("room", ["lobby", "a", "0", "a-b-", "x" * 64])
def test_valid_room_slugs(room: str) -> None:
    assert is_room_slug(room)


@pytest.mark.parametrize(
    "room", ["", "-a", "Lobby", "a b", "a_b", "a.b", "..", "../a", "a/b", "a\x00", "a\n", "ä", "\u0661", "x" * 65]
)
def test_invalid_room_slugs(room: str) -> None:
    assert not is_room_slug(room)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ada", "ada"),
        ("  ada \t\n lovelace  ", "ada lovelace"),
        ("ada\u00a0\u3000lovelace", "ada lovelace"),
        ("Ren\u0065\u0301", "Ren\u00e9"),
        ("日本語", "日本語"),
        ("👩\u200d🚀 ada", "👩\u200d🚀 ada"),  # joined emoji
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian needs its joiner
        ("ada <b>", "ada <b>"),
        ("x" * MAX_USERNAME, "x" * MAX_USERNAME),
    ],
)
def test_a_username_is_normalised(text: str, cleaned: str) -> None:
    assert clean_username(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \t\n",
        "x" * (MAX_USERNAME + 1),
        "a\x00b",
        "a\x07b",
        "a\x1bb",
        "a\x7fb",
        "a\x9bb",
        f"ad{BIDI_OVERRIDE}a",
        "ad\u2066a",
        "ad\u200fa",
        f"ad{ZERO_WIDTH_SPACE}a",
        "ad\ufeffa",
        "ad\u00ada",
        "a" + "\u0300" * 5,
        "a\ud800",
        "a\ue000",
        "a\U000e0041",
        ZERO_WIDTH_SPACE,
        "\u200d",
        "\u0301",
        HANGUL_FILLER,
        "\uffa0",
        "\u115f\u1160",
        BRAILLE_BLANK,
        "\ufe0f",
    ],
    ids=ascii,
)
def test_a_username_with_control_or_only_invisible_characters_is_refused(text: str) -> None:
    with pytest.raises(BadName, match=r"^A name .*\.$"):
        clean_username(text)


@given(st.text(max_size=40))
def test_a_cleaned_username_is_stable_and_displayable(text: str) -> None:
    try:
        name = clean_username(text)
    except BadName:
        return
    assert clean_username(name) == name
    assert 1 <= len(name) <= MAX_USERNAME
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name)
    assert name.encode()


def test_a_room_name_may_be_longer_than_a_username() -> None:
    assert clean_room_name("x" * 64) == "x" * 64
    with pytest.raises(BadName, match="64 characters; this one has 65"):
        clean_room_name("x" * 65)
