"""Where an export goes: standard output, or a file that appears complete or not at all; `.gz` compresses it."""

import contextlib
import gzip
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

Write = Callable[[str], object]


def to_stream(stream: Any) -> Write:
    """Write UTF-8, whatever the locale is; a stream without a byte buffer (of a test) gets the text."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        return lambda text: stream.write(text, ending="")
    stream.flush()
    return lambda text: buffer.write(text.encode())


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
