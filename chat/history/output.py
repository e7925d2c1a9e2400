"""Where data goes: standard output, or a file that appears whole or not at all, compressed if its name ends in .gz."""

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
    """Write UTF-8 whatever the locale says; a stream without bytes beneath it (a test's) gets the text."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        return lambda text: stream.write(text, ending="")
    stream.flush()
    return lambda text: buffer.write(text.encode())


@contextlib.contextmanager
def to_file(path: Path) -> Iterator[Write]:
    """Write into a temporary file beside `path`, which takes its name when all went well. Raises OSError."""
    target = path.resolve()  # a link stays a link
    with _raw(target) as raw:
        if path.suffix == ".gz":
            with gzip.GzipFile(target.stem, "wb", fileobj=raw) as packed:
                yield lambda text: packed.write(text.encode())
        else:
            yield lambda text: raw.write(text.encode())


@contextlib.contextmanager
def _raw(target: Path) -> Iterator[IO[bytes]]:
    if target.exists() and not target.is_file():
        with target.open("wb") as device:  # /dev/null, a pipe: nothing may take their place
            yield device
        return
    fd, draft = _draft(target)
    try:
        with open(fd, "wb") as file:
            yield file
            file.flush()
            os.fsync(fd)
        if target.exists():
            shutil.copymode(target, draft)
        os.replace(draft, target)
    except BaseException:
        os.unlink(draft)
        raise


def _draft(target: Path) -> tuple[int, str]:
    """A temporary file for its owner's eyes only. What goes wrong is told of the file that was asked for."""
    try:
        return tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
