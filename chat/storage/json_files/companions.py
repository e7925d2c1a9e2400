"""The files of chatsite's own making beside a room's file, by name.

Derived files are made from the room's file and can be made anew: whoever replaces or removes that removes them first.
The owner's own copies and backups are none of them; no code removes those.
"""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from chat.storage.json_files.atomic_write import TORN, draft_path
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.search_lines import remove_search_cache


def index_paths(room_path: Path) -> tuple[Path, Path]:
    """The stored index of a room's file, and the draft of the next one. They hold no text."""
    path = room_path.with_name(f".{room_path.stem}.index")
    return path, path.with_name(f"{path.name}.new")


def remove_derived_files(disk: Disk, room_path: Path) -> None:
    """Remove every file that was made from the room's file, those with texts durably. Raises OSError."""
    remove_search_cache(disk, room_path)
    for path in (*index_paths(room_path), draft_path(room_path)):
        with contextlib.suppress(FileNotFoundError):
            disk.remove(path)


@contextlib.contextmanager
def without_derived_files(disk: Disk, room_path: Path) -> Iterator[None]:
    """Within the block the room's file is replaced or removed: no text of it stays in another one. Raises OSError.

    They are removed before it: if that fails nothing has happened, and a crash leaves no text that is gone there. And
    once more behind it, for a server may have made a search cache meanwhile. If that fails, the cache is found to be
    none of this file when it is used, and removed then.
    """
    remove_derived_files(disk, room_path)
    yield
    with contextlib.suppress(OSError):
        remove_derived_files(disk, room_path)


def torn_tails(room_path: Path, names: Collection[str]) -> list[Path]:
    """The tails that were cut off a room's file, of the names in its folder. They are kept for the owner."""
    return [room_path.with_name(name) for name in sorted(names) if name.startswith(room_path.name + TORN)]
