"""Text files as blocks and lines: decoded line by line where one is not UTF-8, bounded in memory."""

from codecs import BOM_UTF8, getincrementaldecoder
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO

from chat.history.importers.source import BOMS_OF_UTF16, HEAD_BYTES

BLOCK_BYTES = 1 << 17  # more than a processor's cache holds would take longer
MAX_LINE_BYTES = 16 << 20  # a longer one is cut


def text_blocks(file: IO[bytes], size: int = BLOCK_BYTES) -> Iterator[str]:
    """The text of a file in blocks that end with a line. Line ends are "\\n", whatever they were. A BOM is dropped.

    A line that is not UTF-8 is read as Windows-1252, as old programs and systems write it.
    """
    rest = b""
    for piece in _pieces(file, size):
        block = rest + piece
        end = block.rfind(b"\n") + 1
        if end == 0 and len(block) > MAX_LINE_BYTES:
            end = block.rfind(b"\r", 0, -1) + 1 or len(block)
        rest = block[end:]
        if end:
            yield _with_line_ends(decode(block[:end]))
    if rest:
        yield _with_line_ends(decode(rest))


def _with_line_ends(text: str) -> str:
    """Files that passed through several systems have CRLF, LF, and the CR of old ones, side by side."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    """The file piece by piece, without a BOM; UTF-16 as UTF-8."""
    first = file.read(size)
    if first.startswith(BOMS_OF_UTF16):
        decoder = getincrementaldecoder("utf-16")("replace")
        yield decoder.decode(first).encode()
        while piece := file.read(size):
            yield decoder.decode(piece).encode()
    else:
        yield first.removeprefix(BOM_UTF8)
        while piece := file.read(size):
            yield piece


def text_lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a file, without their ends."""
    return chain.from_iterable(block.removesuffix("\n").split("\n") for block in text_blocks(file))


def joined_lines(lines: Iterator[str], begins: Callable[[str], object]) -> Iterator[tuple[int, str]]:
    """Each line with its number from 1. Lines that do not begin as a record does belong to the one above."""
    start, held = 1, [next(lines, "")]
    size = 0
    for number, line in enumerate(lines, 2):
        size += len(line)
        if begins(line) or size > MAX_LINE_BYTES:
            yield start, "\n".join(held) if len(held) > 1 else held[0]
            start, held, size = number, [line], 0
        else:
            held.append(line)
    yield start, "\n".join(held)


def head_text(head: bytes) -> str:
    """The lines with which a file begins, without the one that is cut off. Line ends are "\\n"."""
    whole = head[: head.rfind(b"\n") + 1] if len(head) >= HEAD_BYTES else head
    return _with_line_ends(decode((whole or head).removeprefix(BOM_UTF8)))


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
