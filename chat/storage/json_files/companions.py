"""The files of chatsite's own making beside a room's file, by name.

Derived files are made from the room's file and can be made anew: whoever changes or removes records removes them first.
The owner's own copies and backups are none of them; no code removes those.
"""

from collections.abc import Collection
from pathlib import Path

from chat.storage.json_files.atomic_write import TORN, draft_path
from chat.storage.json_files.search_lines import search_paths


def index_paths(room_path: Path) -> tuple[Path, Path]:
    """The stored index of a room's file, and the draft of the next one. They hold no text."""
    path = room_path.with_name(f".{room_path.stem}.index")
    return path, path.with_name(f"{path.name}.new")


def derived_paths(room_path: Path) -> tuple[Path, ...]:
    """Every file that was made from the room's file and can be made anew."""
    return *index_paths(room_path), *search_paths(room_path), draft_path(room_path)


def torn_tails(room_path: Path, names: Collection[str]) -> list[Path]:
    """The tails that were cut off a room's file, of the names in its folder. They are kept for the owner."""
    return [room_path.with_name(name) for name in sorted(names) if name.startswith(room_path.name + TORN)]
