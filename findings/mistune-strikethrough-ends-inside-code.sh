#!/usr/bin/env bash
# mistune 3.4.0: `~~` inside a code span ends a strikethrough, and the code span falls apart.
#
# Code spans bind more tightly than emphasis (CommonMark 0.31, section 6). mistune keeps to that for `**`, but its
# strikethrough plugin looks for the next `~~` wherever it is, and the text after it is no longer struck through.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages mistune==3.4.0
seen=$(observe <<'PYTHON'
import re

import mistune

html = mistune.create_markdown(plugins=["strikethrough"])
for text in ("**use `**` here**", "~~use `~~` here~~"):
    print(*re.findall(r"</?(?:strong|del|code)>", html(text)), end="; ")
PYTHON
)
verdict "<strong> <code> </code> </strong>; <del> <code> </code> </del>; " \
    "<strong> <code> </code> </strong>; <del> </del>; " "$seen"
