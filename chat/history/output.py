"""Where an export goes: standard output, or a file that appears complete or not at all; `.gz` compresses it.

Attack: a record that was imported or edited by hand holds control sequences, and the owner's terminal hides lines or
answers with input. A terminal is shown symbols in their place; pipes and files get every character.
"""

import contextlib
import gzip
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

Write = Callable[[str], object]
_control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


def to_stream(stream: Any) -> Write:
    """Write UTF-8, whatever the locale is; a stream without a byte buffer (of a test) gets the text."""
    shown = for_terminal if stream.isatty() else str
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        return lambda text: stream.write(shown(text), ending="")
    stream.flush()
    return lambda text: buffer.write(shown(text).encode())


def for_terminal(text: str) -> str:
    """The text with a symbol for each control character, except tabs and line breaks."""
    return _control.sub(lambda found: _symbol(ord(found[0])), text)


def _symbol(code: int) -> str:
    """`␛` for Escape, `␡` for Delete; Unicode has no symbols for the codes above."""
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


@contextlib.contextmanager
def to_file(path: Path) -> Iterator[Write]:
    """Write to a temporary file beside `path`, which is renamed at the end if nothing failed. Raises OSError."""
    target = path.resolve()  # a link stays a link
    with _replacing(target) as file:
        if path.suffix == ".gz":
            with gzip.GzipFile(target.stem, "wb", fileobj=file) as packed:
                yield lambda text: packed.write(text.encode())
        else:
            yield lambda text: file.write(text.encode())


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    if target.exists() and not target.is_file():
        with target.open("wb") as device:  # /dev/null or a pipe, which is not to be replaced
            yield device
        return
    fd, temporary = _temporary_file(target)
    try:
        with open(fd, "wb") as file:
            yield file
            file.flush()
            os.fsync(fd)
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _temporary_file(target: Path) -> tuple[int, str]:
    """A file that only its owner can read. An error names the target."""
    try:
        return tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
