"""Files, folders and names of the code that the documentation mentions exist."""

import re
from pathlib import Path

import pytest

from tests.docs.test_docs import markdown_files
from tests.support.live_server import PROJECT

# The documentation may leave out the beginning of a path.
ROOTS = [PROJECT / root for root in ("", "chat", "chatsite", "static/chat", "tests", "tests/support")]
TOP = ("chat", "chatsite", "static", "templates", "tests", "docs", "benchmarks", "examples", "findings", "scripts")
NOT_IN_THE_REPOSITORY = {"storage", "staticfiles", "snippets"}  # data, collected files, a folder of nginx
FILE = r"(?!/)[\w./-]+\.(?:py|js|mjs|ts|css|md|html|json|sh|c|h|svg|toml|yaml|txt|conf)"
PATH = re.compile(rf"{FILE}|(?:{'|'.join(TOP)})/[\w./-]*|(?:[\w-]+/)+")
NAME_THEN_FILE = re.compile(rf"`([\w.]+)(?:\(\))?`\s+(?:\(|in\s+)`({FILE})`")  # `Class.method` (`file.py`)
FILE_THEN_NAME = re.compile(rf"`({FILE})::([\w.]+)`")  # `file.py::name`

each_document = pytest.mark.parametrize(
    "document",
    [*markdown_files(), *sorted((PROJECT / "docs").rglob("*.svg"))],
    ids=lambda path: str(path.relative_to(PROJECT)),
)


@each_document
def test_every_path_in_code_format_exists(document: Path) -> None:
    paths = [span for span in code_spans(document) if PATH.fullmatch(span)]
    assert [path for path in paths if not resolved(path, document) and not is_elsewhere(path)] == []


@each_document
def test_every_name_is_defined_in_the_file_beside_it(document: Path) -> None:
    text = document.read_text()
    pairs = NAME_THEN_FILE.findall(text) + [(name, file) for file, name in FILE_THEN_NAME.findall(text)]
    assert [pair for pair in pairs if not any(defines(file, pair[0]) for file in resolved(pair[1], document))] == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("RoomLock.acquire", "chat/storage/json_files/room_lock.py"),
        ("protocol.encode", "chat/wire/protocol.py"),
        ("SERVER_FRAMES", "static/chat/net/server_frames.js"),
        ("Timeline.receivePage", "static/chat/model/timeline.js"),
        ("ACTIONS", "chat/entrance/limits.py"),
    ],
)
def test_a_definition_is_found(name: str, path: str) -> None:
    assert defines(PROJECT / path, name)
    assert not defines(PROJECT / path, f"{name}_of_another_file")
    assert not defines(PROJECT / "chat/conf.py", name)


def code_spans(document: Path) -> list[str]:
    """The words in code format, without code blocks; in a picture, all words."""
    text = document.read_text()
    if document.suffix == ".svg":
        return re.findall(r"[^\s()]+", " ".join(re.findall(r"<text[^>]*>([^<]*)<", text)))
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def resolved(path: str, document: Path) -> list[Path]:
    """The files that a path may mean. A name without a folder means each file of that name."""
    found = [root / path for root in [document.parent, *ROOTS] if (root / path).exists()]
    return found + [file for top in TOP if "/" not in path for file in (PROJECT / top).rglob(path)]


def is_elsewhere(path: str) -> bool:
    return path.split("/")[0] in NOT_IN_THE_REPOSITORY


def defines(file: Path, name: str) -> bool:
    """Whether each part of a dotted name is defined in a file; the first part may be the module itself."""
    text = file.read_text()
    return all(_is_defined(part, text) for part in name.removeprefix(f"{file.stem}.").split("."))


def _is_defined(name: str, text: str) -> bool:
    keyword = rf"\b(?:class|def|function|const|let|get|async|static) #?{name}\b"
    assignment = rf"^\s*(?:self\.)?#?{name}(?:: [^=\n]+)? :?= "
    method = rf"^  #?{name}\(.*\) {{$"  # of JavaScript
    return re.search(f"{keyword}|{assignment}|{method}", text, re.MULTILINE) is not None
