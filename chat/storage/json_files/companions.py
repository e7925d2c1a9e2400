"""The files of chatsite's own making beside a room's file, by name.

Derived files are made from the room's file and can be made anew: whoever changes or removes records removes them first.
The owner's own copies and backups are none of them; no code removes those.
"""

from pathlib import Path

from chat.storage.json_files.atomic_write import TORN, draft_path


def index_paths(room_path: Path) -> tuple[Path, Path]:
    """The stored index of a room's file, and the draft of the next one. They hold no text."""
    return _derived(room_path, "index")


def search_paths(room_path: Path) -> tuple[Path, Path]:
    """The folded texts of a room, for searching, and the draft of the next version.

    A delete removes both before it is acknowledged. So who makes them renames the draft under the room's lock only, and
    only if nothing was deleted since the texts were read.
    """
    return _derived(room_path, "search")


def paths_with_texts(room_path: Path) -> tuple[Path, ...]:
    """Every file beside a room's file that may hold its texts and that nobody misses."""
    return *search_paths(room_path), draft_path(room_path)


def torn_tails(room_path: Path, names: list[str]) -> list[Path]:
    """The tails that were cut off a room's file, of the names in its folder. They are kept for the owner."""
    return [room_path.with_name(name) for name in sorted(names) if name.startswith(room_path.name + TORN)]


def _derived(room_path: Path, kind: str) -> tuple[Path, Path]:
    path = room_path.with_name(f".{room_path.stem}.{kind}")
    return path, path.with_name(f"{path.name}.new")
