"""Emoji by the names of other chats: `thumbsup`, `+1::skin-tone-3` (Slack), `wave_medium_skin_tone` (Mattermost)."""

import re
from functools import lru_cache

from chat.text.emoji_names import find_emoji

_tone_words = {"light": 2, "medium_light": 3, "medium": 4, "medium_dark": 5, "dark": 6}  # the numbers are Slack's
_toned = re.compile(
    r"(?P<base>.+?)"
    r"(?:::?skin-tone-(?P<slack>[2-6])(?:-[2-6])?|_(?P<word>(?:medium_)?(?:light|dark)|medium)_skin_tone|_tone(?P<rocket>[1-5]))"
)
_shortcode = re.compile(r":(?<!\w:)(?P<name>[\w+'-]+(?:::skin-tone-\d(?:-\d)?)?):")
_flag = re.compile("(?:flag[-_])(?P<country>[a-z]{2})")
_large = re.compile(r"\Alarge_(?=\w+_(?:circle|square)\Z)")
# Names that the list does not have.
_other_names = {
    "simple_smile": "🙂", "slight_smile": "🙂", "slightly_frowning": "🙁", "thumbs_up": "👍", "thumbs_down": "👎",
    "check": "✅", "face_palm": "🤦", "the_horns": "🤘", "crying": "😢",
    "male-doctor": "👨‍⚕️", "female-doctor": "👩‍⚕️",
}  # fmt: skip


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
    return emoji_of(found["name"]) or found[0]


def _emoji(name: str) -> str | None:
    if flag := _flag.fullmatch(name):
        return find_emoji("".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in flag["country"]))
    spelled = _large.sub("", name.replace("-", "_"))
    person = spelled.replace("female_", "woman_", 1).replace("male_", "man_", 1)
    return find_emoji(f":{name}:") or find_emoji(f":{spelled}:") or find_emoji(f":{person}:") or _other_names.get(name)
