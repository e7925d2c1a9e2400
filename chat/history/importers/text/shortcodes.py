"""Emoji by the names of other chats: `thumbsup`, `+1::skin-tone-3` (Slack), `wave_medium_skin_tone` (Mattermost)."""

import re
from functools import lru_cache

from chat.history.importers.text.emoji_aliases import OTHER_NAMES
from chat.text.emoji_names import find_emoji

_tone_words = {"light": 2, "medium_light": 3, "medium": 4, "medium_dark": 5, "dark": 6}  # the numbers are Slack's
_toned = re.compile(
    r"(?P<base>.+?)"
    r"(?:::?skin-tone-(?P<slack>[2-6])(?:-[2-6])?|_(?P<word>(?:medium_)?(?:light|dark)|medium)_skin_tone|_tone(?P<rocket>[1-5]))"
)
SHORTCODE = r":(?<!\w:)[\w+'-]+(?:::skin-tone-\d(?:-\d)?)?:"  # an expression; the `_` of a name are no marks
_shortcode = re.compile(SHORTCODE)
_flag = re.compile("(?:flag[-_])(?P<country>[a-z]{2})")
_large = re.compile(r"\Alarge_(?=\w+_(?:circle|square)\Z)")
_family = re.compile(
    r"(?P<slack>(?:(?:man|woman|girl|boy|heart|kiss)-)+(?:man|woman|girl|boy))"
    r"|(?:family|(?P<heart>couple_with_heart|couple)|(?P<kiss>couplekiss|kiss))_(?P<letters>[mwgb]{2,4})"
)
_people = {"man": "👨", "woman": "👩", "girl": "👧", "boy": "👦", "heart": "❤", "kiss": "❤\u200d💋"}
_letters = {word[0]: person for word, person in _people.items() if word not in ("heart", "kiss")}


def with_emoji(text: str) -> str:
    """The text with an emoji for each `:name:` of one that there is."""
    return _shortcode.sub(_shown, text) if ":" in text else text


@lru_cache(maxsize=4096)
def emoji_of(name: str) -> str | None:
    """The emoji of a name, or of a character as others write it. None: a custom one, or one that nobody knows."""
    if emoji := find_emoji(name):
        return emoji
    name = name.strip(":")
    if toned := _toned.fullmatch(name):
        tone = _tone_words.get(toned["word"] or "") or int(toned["slack"] or 0) or int(toned["rocket"]) + 1
        return with_tone(_emoji(toned["base"]), tone)
    return _emoji(name)


def with_tone(emoji: str | None, tone: int) -> str | None:
    """The emoji in a skin tone, as Slack numbers them: 2 (light) to 6 (dark). Without a tone if it has none."""
    if emoji is None or not 2 <= tone <= 6:
        return emoji
    toned = emoji[0] + chr(0x1F3F9 + tone) + emoji[1:].removeprefix("\ufe0f")  # a farmer is a person and a tractor
    return find_emoji(toned) or emoji


@lru_cache(maxsize=4096)
def emoji_of_code(code: str) -> str | None:
    """The emoji of its code points in hexadecimal: `1f44d`, `1f468-200d-1f469`; None if it is none."""
    try:
        return find_emoji("".join(chr(int(point, 16)) for point in code.split("-")))
    except (ValueError, OverflowError):
        return None


def _shown(found: re.Match[str]) -> str:
    return emoji_of(found[0]) or found[0]


def _emoji(name: str) -> str | None:
    if flag := _flag.fullmatch(name):
        return find_emoji("".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in flag["country"]))
    if family := _family.fullmatch(name):
        return find_emoji("\u200d".join(_members(family)))
    spelled = _large.sub("", name.replace("-", "_"))
    person = spelled.replace("female_", "woman_", 1).replace("male_", "man_", 1)
    found = OTHER_NAMES.get(spelled) or find_emoji(f":{name}:") or find_emoji(f":{spelled}:")
    return found or find_emoji(f":{person}:")


def _members(family: "re.Match[str]") -> list[str]:
    """`man-woman-girl`, `family_mwg`, `kiss_mm`"""
    if family["slack"]:
        return [_people[word] for word in family["slack"].split("-")]
    between = "heart" if family["heart"] else "kiss" if family["kiss"] else ""
    members = [_letters[letter] for letter in family["letters"]]
    return [members[0], _people[between], *members[1:]] if between else members
