"""What the owner names: a folder, a zip, a tar, or one file, all read the same way. Nothing is unpacked."""

import shutil
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Self

from chat.history.importers.containers import MAX_MEMBER_BYTES, MAX_MEMBERS, READ_ERRORS, BadSource, container, reason

__all__ = ["READ_ERRORS", "BadSource", "Source", "only_one", "reason"]

HEAD_BYTES = 65_536
BOMS_OF_UTF16 = (BOM_UTF16_LE, BOM_UTF16_BE)  # of files that PowerShell or an editor of Windows wrote

_junk = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
_archives = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
_endings = (*_archives, ".json", ".jsonl")


class Source:
    """The members of a source by name. `name` is for people. Close it, or use it in a `with`. Raises `BadSource`.

    `refused`: names that are not read, and why. `archives`: members that are archives themselves, and never opened.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name or str(path)
        self._path = path
        try:
            self._container = container(path)
        except READ_ERRORS as error:
            raise BadSource(f"{self.name} cannot be read: {reason(error)}") from None
        self._names = self._sorted_names()
        self.refused = {name: why for name, why in self._container.refused.items() if not _is_junk(name)}
        self.single = self._names[0] if path.is_file() and self._names == [path.name] else None
        self.archives = [name for name in self._names if self.single is None and name.lower().endswith(_archives)]
        self._folder: TemporaryDirectory[str] | None = None

    def _sorted_names(self) -> list[str]:
        try:
            return sorted(name for name in self._bounded() if not _is_junk(name))
        except BaseException as error:
            self._container.close()
            if isinstance(error, READ_ERRORS):
                raise BadSource(f"{self.name} cannot be read: {reason(error)}") from None
            raise

    def _bounded(self) -> list[str]:
        names: list[str] = []
        for name in self._container.names():
            names.append(name)
            if len(names) > MAX_MEMBERS:
                raise BadSource(f"{self.name} has more than {MAX_MEMBERS} files: this is no export")
        return names

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive and remove temporary copies."""
        self._container.close()
        if self._folder is not None:
            self._folder.cleanup()

    def names(self) -> list[str]:
        """The names of all files, sorted, with "/" between their parts, without what systems add (.DS_Store)."""
        return self._names

    @property
    def stem(self) -> str:
        """Its name without what says that it is an archive or JSON: for a room that has no other name."""
        stem = self.name
        while stem.lower().endswith(_endings) and (shorter := stem.rpartition(".")[0]):
            stem = shorter
        return stem

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return self._container.size(name)

    def open(self, name: str) -> IO[bytes]:
        """A file as a stream. While it is read, `READ_ERRORS` of a damaged archive may come. Raises `BadSource`."""
        if name in self.archives:
            raise BadSource(f"{name} is an archive inside {self.name}: unpack it, and name it")
        if self.size(name) > MAX_MEMBER_BYTES:
            raise BadSource(f"{name} is larger than {MAX_MEMBER_BYTES // 2**30} GB: this is no export")
        return self._container.open(name)

    def read(self, name: str) -> bytes:
        """All of a small file. Raises `BadSource` and `READ_ERRORS`."""
        with self.open(name) as file:
            return file.read()

    def head(self, name: str, size: int = HEAD_BYTES) -> bytes:
        """The first bytes of a file, as UTF-8 if it is UTF-16; none of an archive. Raises `BadSource`."""
        if name in self.archives:
            return b""
        try:
            with self.open(name) as file:
                head = file.read(size)
            return head.decode("utf-16", "ignore").encode() if head.startswith(BOMS_OF_UTF16) else head
        except READ_ERRORS as error:
            raise BadSource(f"{name} cannot be read: {reason(error)}") from None

    def path(self, name: str) -> Path:
        """A copy of a file on the disk, with its SQLite log (-wal) beside it: for readers that need a real file."""
        self._folder = self._folder or TemporaryDirectory(prefix="chatsite-import-")
        folder = Path(self._folder.name)
        base = PurePosixPath(name).name
        for suffix in ("", "-wal"):
            if (file := self._open_if_there(name + suffix)) is not None:
                with file, open(folder / (base + suffix), "wb") as copy:
                    shutil.copyfileobj(file, copy)
        return folder / base

    def _open_if_there(self, name: str) -> IO[bytes] | None:
        if name in self._names:
            return self.open(name)
        if self.single is None:
            return None
        beside = self._path.with_name(name)  # of a single file, its -wal is no member
        return open(beside, "rb") if beside.is_file() else None


def only_one(source: Source, title: str, places: Sequence[str]) -> str:
    """The only export in a source, by its file or folder; "" is the source itself. Raises `BadSource`."""
    if len(places) > 1:
        named = [f"{source.name}/{place}" if place else source.name for place in places]
        found = f"{', '.join(named[:-1])} and {named[-1]}"
        raise BadSource(f"{source.name} holds {len(places)} exports of {title}: {found}. Name one of them.")
    return places[0]


def _is_junk(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in _junk for part in parts) or PurePosixPath(name).name.startswith("._")
