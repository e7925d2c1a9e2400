"""Exports in forms that no reader reads: the error says what they are."""

from pathlib import Path

import pytest

from chat.history.importers.registry import recognized
from chat.history.importers.source import BadSource, Source


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        (
            "messages.html",
            "<!DOCTYPE html>\n<html><head><title>Exported Data</title>",
            "Telegram in HTML.*Machine-readable",
        ),
        ("general.html", '<!DOCTYPE html><html lang="en"><body><div class="chatlog">', "Discord in HTML.*JSON"),
        ("general.csv", "AuthorID,Author,Date,Content,Attachments,Reactions\n", "Discord as CSV"),
        ("general.txt", f"{'=' * 62}\nGuild: Garden\nChannel: Text / general\n", "Discord as text"),
        ("chat.html", '<html lang="en"><body class="mx_MatrixChat">', "Matrix in HTML"),
        ("chat.txt", "Sun, Nov 29, 2026, 14:26:03 - Ada: hello\n", "Matrix as text"),
        (
            "Hangouts.json",
            '{"conversations": [{"conversation": {"conversation_id": {"id": "x"}}}]}',
            "Hangouts.*no reader",
        ),
        ("other.html", "<html><body>hello", "a page in HTML"),
    ],
)
def test_an_export_that_is_not_read_is_named_and_so_is_what_to_do(
    tmp_path: Path, name: str, text: str, what: str
) -> None:
    """Regression: only the names of all formats were said, or that the file is none of chatsite's own."""
    (tmp_path / name).write_text(text)
    for path in (tmp_path, tmp_path / name):
        with Source(path) as source, pytest.raises(BadSource, match=f"{name} is .*{what}"):
            recognized(source)


def test_other_files_are_not_named(tmp_path: Path) -> None:
    (tmp_path / "room.json").write_text('[\n{"id": 1, "message": "<html> and \\"conversation_id\\""}\n]\n')
    with Source(tmp_path / "room.json") as source:
        assert recognized(source) is None
