"""Text files as blocks and lines: decoded line by line where one is not UTF-8, bounded in memory."""

from collections.abc import Iterator
from typing import IO

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 16 << 20  # a longer one is cut

_bom = b"\xef\xbb\xbf"


def text_blocks(file: IO[bytes], size: int = BLOCK_BYTES) -> Iterator[str]:
    """The text of a file in blocks that end with a line. Line ends are "\\n", a BOM is dropped.

    A line that is not UTF-8 is read as Windows-1252, as old programs and systems write it.
    """
    rest = b""
    is_first = True
    while block := file.read(size):
        block = rest + (block.removeprefix(_bom) if is_first else block)
        is_first = False
        end = block.rfind(b"\n") + 1
        if end == 0 and len(block) > MAX_LINE_BYTES:
            end = len(block)
        rest = block[end:]
        if end:
            yield decode(block[:end]).replace("\r\n", "\n")
    if rest:
        yield decode(rest).replace("\r\n", "\n")


def text_lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a file, without their ends."""
    for block in text_blocks(file):
        yield from block.removesuffix("\n").split("\n")


def decode(block: bytes) -> str:
    """The text of whole lines."""
    try:
        return block.decode()
    except UnicodeDecodeError:
        return "\n".join(_decode_line(line) for line in block.split(b"\n"))


def _decode_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
