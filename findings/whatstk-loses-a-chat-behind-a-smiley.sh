#!/usr/bin/env bash
# whatstk 0.9.1: of a WhatsApp export whose first message is by "Arne :)" only the messages of such names are left.
#
# WhatsApp writes "date - name: text", and people end their names with a smiley. whatstk takes the first line for the shape
# of all, splits it at the first colon, and keeps the rest, ")", for a part of the shape: lines of names without it match
# no longer and are dropped with their text. No error, no warning; the same chat with "Arne" is complete.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages whatstk==0.9.1 pandas==3.1.1 numpy==2.4.6
seen=$(cd "$workspace" && observe <<'PYTHON'
from pathlib import Path

from whatstk import WhatsAppChat

LINES = """28/04/26, 11:00 - {name}: Who brings bread?
28/04/26, 11:01 - Bo: I do
28/04/26, 11:02 - Cy: and butter
28/04/26, 11:03 - Bo: see you at eight
"""
chat = Path("WhatsApp Chat with Team.txt")
for name in ("Arne", "Arne :)"):
    chat.write_text(LINES.format(name=name), encoding="utf-8")
    print(f"{name}: {len(WhatsAppChat.from_source(str(chat)).df)} of 4 messages", end="; ")
PYTHON
)
verdict "Arne: 4 of 4 messages; Arne :): 4 of 4 messages; " \
    "Arne: 4 of 4 messages; Arne :): 1 of 4 messages; " "$seen"
