"""What rooms and people may be called: nothing invisible."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.names import MAX_USERNAME, BadName, clean_room_name, clean_username, is_room, room_slug

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
def test_a_room_gets_a_readable_address(name: str, slug: str) -> None:
    assert room_slug(name) == slug


@pytest.mark.parametrize("name", ["🎉🎉", "!!!", "---", ""])
def test_a_room_without_a_letter_or_digit_has_no_address(name: str) -> None:
    with pytest.raises(BadName, match="letter or digit"):
        room_slug(name)


@given(st.text(max_size=300))
def test_every_slug_is_a_room_or_is_refused(name: str) -> None:
    try:
        assert is_room(room_slug(name))
    except BadName:
        pass


def test_a_long_name_is_cut_between_words() -> None:
    slug = room_slug("word " * 40)
    assert len(slug) <= 64
    assert set(slug.split("-")) == {"word"}


@pytest.mark.parametrize("room", ["lobby", "a", "0", "a-b-", "x" * 64])
def test_these_are_rooms(room: str) -> None:
    assert is_room(room)


@pytest.mark.parametrize(
    "room", ["", "-a", "Lobby", "a b", "a_b", "a.b", "..", "../a", "a/b", "a\x00", "a\n", "ä", "\u0661", "x" * 65]
)
def test_these_are_no_rooms(room: str) -> None:
    assert not is_room(room)


@pytest.mark.parametrize(
    ("typed", "shown"),
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
def test_a_name_is_shown_as_it_was_meant(typed: str, shown: str) -> None:
    assert clean_username(typed) == shown


@pytest.mark.parametrize(
    "typed",
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
def test_a_name_that_hides_something_is_refused(typed: str) -> None:
    with pytest.raises(BadName, match=r"^A name .*\.$"):
        clean_username(typed)


@given(st.text(max_size=40))
def test_a_clean_name_stays_what_it_is_and_can_be_shown(typed: str) -> None:
    try:
        name = clean_username(typed)
    except BadName:
        return
    assert clean_username(name) == name
    assert 1 <= len(name) <= MAX_USERNAME
    assert not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in name)
    assert name.encode()


def test_a_room_may_have_a_longer_name_than_a_person() -> None:
    assert clean_room_name("x" * 64) == "x" * 64
    with pytest.raises(BadName, match="64 characters; this one has 65"):
        clean_room_name("x" * 65)
