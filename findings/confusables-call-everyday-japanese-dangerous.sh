#!/usr/bin/env bash
# confusable-homoglyphs 3.3.1: is_dangerous() is true of ordinary Japanese words.
#
# Japanese mixes Kanji, Hiragana and Katakana in one word. Unicode's rules for mixed scripts (UTS 39, section 5.1) count
# them as one script for that reason. is_dangerous() counts them as three, so a form that refuses dangerous names
# refuses "Tokyo Tower" and "list of news".
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages confusable-homoglyphs==3.3.1
seen=$(observe <<'PYTHON'
from confusable_homoglyphs.confusables import is_dangerous

for word in ("Tokyo", "こんにちは", "東京タワー", "ニュース一覧"):
    print(f"{word}: {'dangerous' if is_dangerous(word) else 'harmless'}", end="; ")
PYTHON
)
verdict "Tokyo: harmless; こんにちは: harmless; 東京タワー: harmless; ニュース一覧: harmless; " \
    "Tokyo: harmless; こんにちは: harmless; 東京タワー: dangerous; ニュース一覧: dangerous; " "$seen"
