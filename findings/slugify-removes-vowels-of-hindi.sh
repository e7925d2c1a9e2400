#!/usr/bin/env bash
# python-slugify 9.2.0: slugs that keep Unicode lose the vowels of Hindi, and different words meet.
#
# With allow_unicode=True letters of every script are kept, but not the signs that complete them: in Devanagari, Tamil,
# Bengali and others the vowels are combining marks, which are no "word characters" to Python's re. Each becomes a
# hyphen. The words for "day" and "poor" end as the same slug.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages python-slugify==9.2.0
seen=$(observe <<'PYTHON'
from slugify import slugify

print(*(slugify(word, allow_unicode=True) for word in ("größe", "हिन्दी", "दिन", "दीन")))
PYTHON
)
verdict "größe हिन्दी दिन दीन" "größe ह-न-द द-न द-न" "$seen"
