"""What an export lies in: a folder, a zip, a tar, or one file. Each lists its members and opens one by its name.

An archive may have been made to harm whoever unpacks it. Nothing is ever unpacked to a path that an archive names;
members are read as streams, links are not followed, and how many there are and how large one gets is bounded.
"""

import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

MAX_MEMBERS = 1_000_000
MAX_MEMBER_BYTES = 64 * 2**30  # unpacked
MAX_RATIO = 400  # of unpacked to packed bytes; text that repeats itself reaches 200
RATIO_FREE_BYTES = 16 * 2**20  # smaller members may have any ratio

READ_ERRORS = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, NotImplementedError)
NO_NAME = "(a file without a name)"
_zip_mark = b"PK\x03\x04"  # a zip begins with it, and its list of members stands at the end
_utf8_flag = 0x800  # of a zip's member: its name is UTF-8
_encrypted_flag = 1


class BadSource(Exception):
    """The source as a whole cannot be read. The text says why, and what to do."""


class Container(Protocol):
    """Members by name. `refused`: names that are not members, and why."""

    refused: dict[str, str]

    def names(self) -> Iterator[str]: ...

    def size(self, name: str) -> int: ...

    def open(self, name: str) -> IO[bytes]: ...

    def close(self) -> None: ...


class SingleFile:
    """One file."""

    def __init__(self, path: Path) -> None:
        self.refused: dict[str, str] = {}
        self._path = path

    def names(self) -> Iterator[str]:
        yield self._path.name

    def size(self, name: str) -> int:
        return self._path.stat().st_size

    def open(self, name: str) -> IO[bytes]:
        return open(self._path, "rb")

    def close(self) -> None: ...


class Folder:
    """The files below a folder. Links in it are refused: they could lead anywhere."""

    def __init__(self, path: Path) -> None:
        self.refused: dict[str, str] = {}
        self._path = path

    def names(self) -> Iterator[str]:
        for folder, _, files in os.walk(self._path, onerror=_raise):
            for name in files:
                path = Path(folder, name)
                relative = path.relative_to(self._path).as_posix()
                mode = path.lstat().st_mode
                if stat.S_ISREG(mode):
                    yield relative
                else:
                    self.refused[relative] = "a link" if stat.S_ISLNK(mode) else "no regular file"

    def size(self, name: str) -> int:
        return (self._path / name).stat().st_size

    def open(self, name: str) -> IO[bytes]:
        return open(self._path / name, "rb")

    def close(self) -> None: ...


class Zip:
    """The members of a zip."""

    def __init__(self, path: Path) -> None:
        self.refused: dict[str, str] = {}
        self._zip = zipfile.ZipFile(path)
        self._members: dict[str, zipfile.ZipInfo] = {}

    def names(self) -> Iterator[str]:
        for info in self._zip.infolist():
            name = _zip_name(info)
            if name.endswith("/"):
                continue
            if (refusal := _refusal(name, is_link=stat.S_ISLNK(info.external_attr >> 16))) is not None:
                self.refused[name or NO_NAME] = refusal
            elif name in self._members:
                self.refused[name] = "it is there twice; the first one counts"
            else:
                self._members[name] = info
                yield name

    def size(self, name: str) -> int:
        return self._members[name].file_size

    def open(self, name: str) -> IO[bytes]:
        info = self._members[name]
        if info.flag_bits & _encrypted_flag:
            raise BadSource(f"{name} needs a password: unpack the archive, and name the folder")
        if info.file_size > max(RATIO_FREE_BYTES, info.compress_size * MAX_RATIO):
            raise BadSource(f"{name} unpacks to more than {MAX_RATIO} times its size: this is no export")
        return self._zip.open(info)  # it never yields more than `file_size`

    def close(self) -> None:
        self._zip.close()


class Tar:
    """The members of a tar, compressed or not."""

    def __init__(self, path: Path) -> None:
        self.refused: dict[str, str] = {}
        self._packed = path.stat().st_size
        self._tar = tarfile.open(path)  # noqa: SIM115 - closed in `close`
        self._members: dict[str, tarfile.TarInfo] = {}

    def names(self) -> Iterator[str]:
        unpacked = 0
        for info in self._tar:
            unpacked += info.size
            if unpacked > max(RATIO_FREE_BYTES, self._packed * MAX_RATIO):
                raise BadSource(f"it unpacks to more than {MAX_RATIO} times its size: this is no export")
            if info.isdir():
                continue
            name = info.name.removeprefix("./")
            if (refusal := _refusal(name, is_link=info.issym() or info.islnk())) is not None:
                self.refused[name or NO_NAME] = refusal
            elif not info.isreg():
                self.refused[name] = "no regular file"
            else:
                if name not in self._members:
                    yield name
                self._members[name] = info  # of two, the last one counts, as for tar

    def size(self, name: str) -> int:
        return self._members[name].size

    def open(self, name: str) -> IO[bytes]:
        file = self._tar.extractfile(self._members[name])
        assert file is not None, "members are regular files"
        return file

    def close(self) -> None:
        self._tar.close()


def container(path: Path) -> Container:
    """What a path is. Raises `BadSource`, OSError, and the errors of damaged archives."""
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise BadSource(f"there is no file or folder {path}")
    with open(path, "rb") as file:  # what may not be read is no file of another kind
        is_zip = file.read(len(_zip_mark)) == _zip_mark
    if zipfile.is_zipfile(path):
        return Zip(path)
    if is_zip:
        raise BadSource(f"{path.name} is a zip that was cut short or damaged: download or copy it again")
    if _is_tar(path):
        return Tar(path)
    if path.stat().st_size == 0:
        raise BadSource(f"{path.name} is empty: export or copy it again")
    if path.suffix.lower() == ".zip":
        raise BadSource(f"{path.name} is no zip, although it is called so: export or download it again")
    return SingleFile(path)


def _is_tar(path: Path) -> bool:
    """A damaged one is a tar by its name."""
    try:
        return tarfile.is_tarfile(path)
    except READ_ERRORS:
        return path.name.lower().endswith((".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz"))


def _refusal(name: str, *, is_link: bool) -> str | None:
    """Why a member of an archive is not read."""
    if not PurePosixPath(name).parts:
        return "its name says nothing"
    if is_link:
        return "a link"
    if ".." in PurePosixPath(name).parts:
        return "a name with .. in it, which leads out of the archive"
    if name.startswith("/") or name[1:3] == ":/":
        return "an absolute name"
    return "a name with a control character" if not name.isprintable() else None


def _zip_name(info: zipfile.ZipInfo) -> str:
    """A name without the flag for UTF-8 is often UTF-8 all the same."""
    name = info.filename.replace("\\", "/")
    if info.flag_bits & _utf8_flag:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def reason(error: BaseException) -> str:
    """What one of `READ_ERRORS` says, and what to do about a damaged archive."""
    if isinstance(error, OSError):
        file = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{file}"
    if isinstance(error, NotImplementedError):
        return f"{error}: unpack it with another program, and name the folder"
    return f"{error or type(error).__name__}: the archive is damaged, download or copy it again"


def _raise(error: OSError) -> None:
    raise error
