"""Only the package of the JSON files knows these files, and the storage imports nothing from a higher layer."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.live_server import PROJECT

JSON_FILES = "chat.storage.json_files"
# A copy of a room is a file of this format, whatever the backend is that it comes from or goes to.
MAY_IMPORT = {
    "chat/history/copying.py": {f"{JSON_FILES}.lines.decode_line", f"{JSON_FILES}.room_copy.records_of_copy"},
    "chat/storage/database/whole_room.py": {f"{JSON_FILES}.lines.FORMAT", f"{JSON_FILES}.lines.encode_line"},
    "chat/storage/database/store.py": {f"{JSON_FILES}.backup.default_backup_path"},
    "chat/history/source.py": {
        f"{JSON_FILES}.room_copy.{function}" for function in ("is_room_copy", "records_of_copy", "room_in_name")
    },
}
BELOW_AND_BESIDE = ("chat.storage.", "chat.text.", "chat.conf.", "chat.metrics.")
MODULES = [*(PROJECT / "chat").rglob("*.py"), *(PROJECT / "chatsite").rglob("*.py")]
OUTSIDE = [path for path in MODULES if "json_files" not in path.parts]


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imports(path: Path) -> set[str]:
    """Modules, and names of modules, that belong to this repository."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {each for each in found if each.startswith(("chat.", "chatsite."))}


def strings(path: Path) -> set[str]:
    """Every string, without docstrings."""
    parts = [part for node in nodes(path) if not isinstance(node, ast.Expr) for part in ast.iter_child_nodes(node)]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def test_only_the_backend_table_and_the_importer_know_the_json_files() -> None:
    importers = {name(path): {each for each in imports(path) if each.startswith(JSON_FILES)} for path in OUTSIDE}
    assert {module: found for module, found in importers.items() if found} == MAY_IMPORT
    assert [name(path) for path in OUTSIDE if JSON_FILES in strings(path)] == ["chat/storage/backends.py"]


def test_no_other_module_builds_the_path_of_a_rooms_file() -> None:
    """The lock file of a Unix socket has the same ending, and so have copies of rooms that are in a database, and the
    files of other chats.
    """
    builders = {name(path) for path in OUTSIDE if {".json", ".lock"} & strings(path) and "importers" not in path.parts}
    builders -= {"chatsite/unix_socket.py", "chat/storage/database/store.py", "chat/history/copying.py"}
    users = [name(path) for path in OUTSIDE if "storage_dir" in {getattr(node, "attr", "") for node in nodes(path)}]
    assert (builders, users) == (set(), ["chat/entrance/secret_key.py", "chat/storage/database/store.py"])


def test_the_storage_imports_nothing_from_above_it() -> None:
    for path in MODULES:
        if name(path).startswith("chat/storage/"):
            assert {each for each in imports(path) if not each.startswith(BELOW_AND_BESIDE)} == set(), path
