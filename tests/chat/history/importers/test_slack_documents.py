"""Canvases, lists and posts of Slack: files of a message that are called "Untitled", with the title that people see."""

from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.slack import READER
from tests.support.core.imports import Reading, read_all, write_files

Record = dict[str, Any]


def read(folder: Path, **fields: Any) -> Reading:
    message = {"type": "message", "user": "U00000ADA", "text": "", "ts": "1700000000.000100", **fields}
    files = {
        "users.json": [{"id": "U00000ADA", "name": "ada"}],
        "channels.json": [{"id": "C0000GEN", "name": "general"}],
        "general/2023-11-14.json": [message],
    }
    return read_all(READER, write_files(folder, files))


@pytest.mark.parametrize("mode", ["quip", "canvas", "list", "docs"])
def test_a_document_is_called_by_its_title(tmp_path: Path, mode: str) -> None:
    (entry,) = read(tmp_path, files=[{"id": "F1", "mode": mode, "name": "Untitled", "title": "Weekly Sync"}]).entries
    assert [file.name for file in entry.attachments] == ["Weekly Sync"]


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, files=[{"id": "F1", "mode": "hosted", "name": "a.png", "title": "Screenshot"}]).entries
    assert [file.name for file in entry.attachments] == ["a.png"]


def test_the_id_of_a_canvas_is_no_text(tmp_path: Path) -> None:
    """Slack puts it into the text, where people see the card of the canvas."""
    sections = [[{"type": "text", "text": "my notes"}], [{"type": "canvas", "file_id": "F07A32DC2GG"}]]
    elements = [{"type": "rich_text_section", "elements": section} for section in sections]
    reading = read(
        tmp_path,
        text="my notes\nF07A32DC2GG",
        blocks=[{"type": "rich_text", "elements": elements}],
        files=[{"id": "F07A32DC2GG", "mode": "quip", "name": "Untitled", "title": "Weekly Sync"}],
    )
    assert reading.texts == ["my notes"]
