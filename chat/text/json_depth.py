"""A limit to how deeply JSON may be nested. The decoders' own limits differ from one Python version to the next.

Python 3.11 refuses about 1000 levels, 3.13 refuses 10,000, and 3.14 as many as the stack of the thread takes.
"""

import re
from itertools import accumulate

MAX_JSON_DEPTH = 500  # arrays and objects inside each other; records and the frames of clients have one level

_string = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_steps = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # 1 and -1 as signed bytes
_no_brackets = bytes(set(range(256)) - set(b"[{]}"))


class TooDeep(ValueError):
    """JSON is nested more than `MAX_JSON_DEPTH`."""

    def __init__(self) -> None:
        super().__init__(f"it is nested more than {MAX_JSON_DEPTH} deep")


def check_json_depth(text: str | bytes) -> None:
    """Raise `TooDeep` for JSON that is nested too deeply. The text is valid JSON, as a decoder has found before.

    Almost every text is too short, or has too few brackets. Only for others the depth at each bracket is computed.
    """
    if len(text) <= 2 * MAX_JSON_DEPTH:
        return
    data = text.encode() if isinstance(text, str) else text
    if data.count(b"[") + data.count(b"{") > MAX_JSON_DEPTH and _depth(data) > MAX_JSON_DEPTH:
        raise TooDeep


def _depth(data: bytes) -> int:
    steps = _string.sub(b"", data).translate(_steps, _no_brackets)
    return max(accumulate(memoryview(steps).cast("b")), default=0)
