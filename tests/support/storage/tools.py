"""What owners' tools do to a room's file, call by call: each function yields where the server may look or write."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

Tool = Callable[[Path, bytes], Iterator[None]]  # (the file, the content to put there)
PIECES = 4


def shell_redirection(path: Path, content: bytes) -> Iterator[None]:
    """`cat backup > room.json`, `gunzip -c`, `cp`: the file is emptied at once, and written in pieces."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    yield
    yield from _written(fd, content)


def several_redirections(path: Path, content: bytes) -> Iterator[None]:
    """`head ... > room.json; tail ... >> room.json`: nobody has the file open in between."""
    path.write_bytes(b"")
    yield
    for piece in _pieces(content):
        with path.open("ab") as file:
            file.write(piece)
        yield


def git_checkout(path: Path, content: bytes) -> Iterator[None]:
    """The name is removed, and made anew for this program only."""
    path.unlink()
    yield
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    yield
    yield from _written(fd, content)


def rename_over(path: Path, content: bytes) -> Iterator[None]:
    """`mv`, `sponge`, rsync, most editors: another file takes the name."""
    draft = path.with_name("draft")
    draft.write_bytes(content)
    yield
    draft.rename(path)
    yield


def in_place(path: Path, content: bytes) -> Iterator[None]:
    """`dd conv=notrunc`, `rsync --inplace`: written over, then cut."""
    with path.open("r+b", buffering=0) as file:
        for piece in _pieces(content):
            file.write(piece)
            yield
        file.truncate(len(content))
        yield


TOOLS: list[Tool] = [shell_redirection, several_redirections, git_checkout, rename_over, in_place]


def _written(fd: int, content: bytes) -> Iterator[None]:
    """The content in pieces, and the descriptor closed."""
    for piece in _pieces(content):
        os.write(fd, piece)
        yield
    os.close(fd)
    yield


def _pieces(content: bytes) -> list[bytes]:
    size = len(content) // PIECES + 1
    return [content[start : start + size] for start in range(0, len(content), size)]
