"""Imports go down only. The layers of the server and of the page, each in one table."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest

PROJECT = Path(__file__).resolve().parent.parent
Layers = tuple[tuple[str, ...], ...]  # top to bottom; a layer holds groups, a group the beginnings of module names
Imports = Iterator[tuple[str, str]]  # the importing module, and the imported one

# A module imports from its own group and from lower layers; groups of one layer do not import each other.
PYTHON: Layers = (
    ("chatsite chat.management.commands.serve chat.management.commands.runserver",),  # the deployment, and its start
    ("chat",),  # what Django and Channels look for at the app's root, and the entry
    ("chat.views",),
    ("chat.rooms", "chat.management"),
    ("chat.history", "chat.entrance", "chat.search", "chat.carrier"),
    ("chat.wire",),
    ("chat.storage",),
    ("chat.text", "chat.conf", "chat.metrics"),
)
JAVASCRIPT: Layers = (("main", "history", "search"), ("view",), ("net",), ("model",))


def test_python_imports_go_down_only() -> None:
    sources = {
        _module(path): path.read_text() for wing in ("chat", "chatsite") for path in (PROJECT / wing).rglob("*.py")
    }
    assert len(sources) > 90
    assert violations(python_imports(sources), PYTHON) == []


def test_javascript_imports_go_down_only() -> None:
    folder = PROJECT / "static/chat"
    sources = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.js")}
    assert len(sources) > 30
    assert violations(javascript_imports(sources), JAVASCRIPT) == []


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("from chat.rooms.hub import Hub", "chat.rooms.hub.Hub"),
        ("from chat.rooms import hub", "chat.rooms.hub"),
        ("import chat.views.room", "chat.views.room"),
        ("def later():\n    from chat.consumers import ChatConsumer", "chat.consumers.ChatConsumer"),
        ("from chat.history import source", "chat.history.source"),
    ],
)
def test_an_upward_import_is_found_in_python(source: str, imported: str) -> None:
    assert violations(python_imports({"chat.entrance.limits": source}), PYTHON) == [
        f"chat.entrance.limits imports {imported}"
    ]


@pytest.mark.parametrize(
    "source",
    [
        'import {Drawer} from "../view/drawer.js";',
        'import {\n  a,\n  b,\n} from "../view/drawer.js";',
        'import "../view/drawer.js";',
    ],
)
def test_an_upward_import_is_found_in_javascript(source: str) -> None:
    assert violations(javascript_imports({"net/socket.js": source}), JAVASCRIPT) == ["net/socket imports view/drawer"]


def test_a_module_in_no_layer_is_found() -> None:
    assert violations(iter([("drawing/brush", "model/ids")]), JAVASCRIPT) == ["drawing/brush is in no layer"]


@pytest.mark.parametrize("package", sorted({path.parent.name for path in (PROJECT / "chat").glob("*/__init__.py")}))
def test_every_wing_says_what_is_in_it(package: str) -> None:
    docstring = ast.get_docstring(ast.parse((PROJECT / "chat" / package / "__init__.py").read_text()))
    assert docstring
    assert 3 <= len(docstring.splitlines()) <= 10 or package == "storage", "its __init__ is the interface"


def violations(imports: Imports, layers: Layers) -> list[str]:
    """A line for each import that does not go down."""
    found = []
    for importer, imported in imports:
        above, below = _place(importer, layers), _place(imported, layers)
        if above is None:
            found.append(f"{importer} is in no layer")
        elif below is not None and above != below and above[0] >= below[0]:
            found.append(f"{importer} imports {imported}")
    return found


def _place(module: str, layers: Layers) -> tuple[int, int] | None:
    """The layer and group of a module: those of the longest matching beginning."""
    places = {
        prefix: (depth, number)
        for depth, groups in enumerate(layers)
        for number, group in enumerate(groups)
        for prefix in group.split()
    }
    matching = [prefix for prefix in places if re.fullmatch(rf"{re.escape(prefix)}([./].*)?", module)]
    return places[max(matching, key=len)] if matching else None


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def python_imports(sources: Mapping[str, str]) -> Imports:
    """Every import statement, wherever it stands in a file."""
    for module, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                yield from ((module, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{module}: imports are absolute"
                yield from ((module, f"{node.module}.{alias.name}") for alias in node.names)


def javascript_imports(sources: Mapping[str, str]) -> Imports:
    """Every import statement of an ES module; types that comments name are no imports."""
    for path, source in sources.items():
        code = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", source, flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r'(?:\bfrom|^import|\bimport\()\s*"([^"]+)"', code, re.MULTILINE):
            assert target.startswith("."), f"{path}: imports are relative"
            yield _without_ending(path), _without_ending(_resolved(PurePosixPath(path).parent / target))


def _resolved(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _without_ending(path: str) -> str:
    return path.removesuffix(".js")
