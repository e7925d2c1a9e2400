"""Source maps: a browser's developer tools show, and stop in, the sources of a bundle.

The format is that of ECMA-426. A mapping here is a whole line: its fields are the column, the source, the line in the
source, and the column there, each as the difference to the mapping before it, in the digits of `DIGITS`.
"""

import json
import posixpath
import string
from collections.abc import Sequence

DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
MORE = 32  # the bit of a digit that is not the last one


def source_map(origins: Sequence[tuple[str, int] | None], folder: str) -> str:
    """The map of a file in `folder`: for each of its lines the source and the line there, from 0, or None."""
    sources = list(dict.fromkeys(origin[0] for origin in origins if origin))
    lines, previous = [], (0, 0)
    for origin in origins:
        if origin is None:
            lines.append("")
            continue
        place = sources.index(origin[0]), origin[1]
        lines.append("".join(map(_vlq, (0, place[0] - previous[0], place[1] - previous[1], 0))))
        previous = place
    paths = [posixpath.relpath(source, folder or ".") for source in sources]
    return json.dumps({"version": 3, "sources": paths, "names": [], "mappings": ";".join(lines)})


def _vlq(number: int) -> str:
    """A number in digits of five bits, the lowest first; the lowest bit of all is the sign."""
    rest = abs(number) << 1 | (number < 0)
    digits = ""
    while True:
        digit, rest = rest & (MORE - 1), rest >> 5
        digits += DIGITS[digit | MORE] if rest else DIGITS[digit]
        if not rest:
            return digits
