#!/usr/bin/env bash
# nh3 0.3.8: a placeholder such as <path> removes the whole rest of the text, <file> removes itself only.
#
# Unknown tags are removed and their text is kept. Where the word happens to be an element of SVG or MathML (path, text,
# line, list, set, in, or, min, max ...), everything up to the closing tag goes too, and a placeholder has none. Text
# that people typed is lost without a trace.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages nh3==0.3.8
seen=$(observe <<'PYTHON'
import nh3

print(*(nh3.clean(f"copy <{word}> and restart").strip() for word in ("file", "name", "path", "list")), sep=" | ")
PYTHON
)
verdict "copy  and restart | copy  and restart | copy  and restart | copy  and restart" \
    "copy  and restart | copy  and restart | copy | copy" "$seen"
