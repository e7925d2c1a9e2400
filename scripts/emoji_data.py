#!/usr/bin/env python3
"""Make the emoji of the page in static/chat/emoji, one file for each language, from two packages.

emojibase-data (npm) has the groups, names and keywords in each language; chat/text/emoji_names.py says which emoji the
server knows, and their `:names:`. Run it again when one of the two packages has a new version.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from chat.text.emoji_names import emoji_names, find_emoji  # noqa: E402

SOURCE = ROOT / "node_modules/emojibase-data"
TARGET = ROOT / "static/chat/emoji"
LANGUAGES = ("de", "en")  # as in chatsite/settings.py
COMPONENTS = 2  # the number of the group of skin tones and hair, which are no emoji

Entry = list[str | int]  # emoji, name, keywords, names for `:name:`, and 1 if it has skin tones


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for language in LANGUAGES:
        (TARGET / f"{language}.json").write_text(emoji_file(language))


def emoji_file(language: str) -> str:
    """The file of a language: groups of emoji in Unicode's order, an emoji in each line."""
    groups = [{"name": name, "emoji": entries} for name, entries in _groups(language) if entries]
    text = json.dumps({"groups": groups}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("],[", "],\n[").replace(':[["', ':[\n["').replace('{"name"', '\n{"name"') + "\n"


def _groups(language: str) -> Iterator[tuple[str, list[Entry]]]:
    listed = sorted(_read(language, "data"), key=lambda emoji: emoji.get("order", 0))
    names = _names_by_emoji()
    for group in _read(language, "messages")["groups"]:
        members = [emoji for emoji in listed if emoji.get("group") == group["order"] != COMPONENTS]
        name = group["message"]
        yield name[0].upper() + name[1:], [_entry(emoji, names) for emoji in members]


def _entry(emoji: dict[str, Any], names: dict[str, list[str]]) -> Entry:
    text = find_emoji(emoji["emoji"])
    assert text, f"the package emoji does not know {emoji['label']}"
    words = set(emoji["label"].lower().split())
    keywords = " ".join(tag for tag in emoji.get("tags", []) if tag.lower() not in words)
    tones = [1] if "skins" in emoji else []
    return [text, emoji["label"], keywords, " ".join(names[text]), *tones]


def _names_by_emoji() -> dict[str, list[str]]:
    names = defaultdict(list)
    for name, text in emoji_names().names.items():
        names[text].append(name.strip(":"))
    return names


def _read(language: str, name: str) -> Any:
    return json.loads((SOURCE / language / f"{name}.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
