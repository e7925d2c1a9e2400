"""Messages of Google Chat to chatsite's Markdown: plain text with annotations, each of which covers a part of it.

The parts are counted in UTF-16 units, so an emoji counts as two. What an annotation is about may be all of a message:
a link to a meeting, a file of Drive, a task.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.text.html_elements import safe_url
from chat.history.importers.text.markdown import Run, bullet, code_block, inline, link, literal
from chat.history.importers.text.mentions import mention

_styles = {"BOLD": "bold", "ITALIC": "italic", "STRIKE": "strike", "STRIKETHROUGH": "strike", "MONOSPACE": "code"}
_drive = "https://drive.google.com/open?id="
_youtube = "https://www.youtube.com/watch?v="
_wrapped = "private_do_not_access_or_else_safe_url_wrapped_value"


def text_of_message(message: Record) -> str:
    """The text with its styles; without a text, what the annotations tell."""
    text, annotations = string(message, "text"), mappings(message, "annotations")
    if not text.strip():
        told = [words for annotation in annotations if (words := _told_by(annotation))]
        return "\n".join(dict.fromkeys(told))
    pieces = list(_pieces(text, annotations))
    parts: list[str] = []
    for kind, group in groupby(pieces, key=lambda piece: piece[0]):
        parts.append(_block(kind, [run for _, run in group]))
    return "".join(parts).strip("\n")


def _block(kind: str, runs: list[Run]) -> str:
    if kind == "MONOSPACE_BLOCK":
        return f"\n{code_block(''.join(run.text for run in runs).strip(chr(10)))}\n"
    if kind == "BULLETED_LIST_ITEM":
        return f"\n{bullet(inline(_without_line_breaks_around(runs)))}\n"
    return inline(runs)


def _pieces(text: str, annotations: list[Record]) -> Iterator[tuple[str, Run]]:
    """The parts of the text with equal styles, each with the kind of block that it belongs to."""
    units = text.encode("utf-16-le", "surrogatepass")
    spans = [span for annotation in annotations if (span := _span(annotation, len(units) // 2))]
    cuts = sorted({0, len(units) // 2, *(cut for start, end, _ in spans for cut in (start, end))})
    for start, end in zip(cuts, cuts[1:], strict=False):
        piece = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        inside = [annotation for first, last, annotation in spans if first <= start and end <= last]
        formats = {string(mapping(each, "format_metadata"), "format_type") for each in inside}
        if "HIDDEN" not in formats:
            block = next((kind for kind in ("MONOSPACE_BLOCK", "BULLETED_LIST_ITEM") if kind in formats), "")
            yield block, _run(piece, formats, inside)


def _span(annotation: Record, length: int) -> tuple[int, int, Record] | None:
    """Where the annotation begins and ends; None if it covers nothing."""
    start = min(max(number(annotation, "start_index") or 0, 0), length)
    end = min(start + max(number(annotation, "length") or 0, 0), length)
    return (start, end, annotation) if start < end else None


def _run(piece: str, formats: set[str], annotations: list[Record]) -> Run:
    names = {_styles[kind] for kind in formats if kind in _styles}
    if any("user_mention_metadata" in each for each in annotations) and piece.startswith("@"):
        return Run(mention(piece.removeprefix("@")), raw=True, bold="bold" in names)
    url = next((url for each in annotations if (url := _url_of(each))), None)
    is_address = safe_url(piece) is not None or (url is not None and piece in url)  # chatsite makes a link of it itself
    return Run(
        piece,
        bold="bold" in names,
        italic="italic" in names,
        strike="strike" in names,
        code="code" in names,
        link=None if is_address else url,
    )


def _without_line_breaks_around(runs: list[Run]) -> list[Run]:
    first, last = runs[0], runs[-1]
    if first is last:
        return [first._replace(text=first.text.strip("\n"))]
    ends = first._replace(text=first.text.lstrip("\n")), last._replace(text=last.text.rstrip("\n"))
    return [ends[0], *runs[1:-1], ends[1]]


def _told_by(annotation: Record) -> str:
    """What a message says that has no text but this annotation."""
    title = next((title for title in _titles(annotation) if title), "")
    if url := _url_of(annotation):
        return link(title or url, url)
    return literal(title)


def _url_of(annotation: Record) -> str | None:
    """The address that an annotation is about."""
    drive, video = (
        string(mapping(annotation, "drive_metadata"), "id"),
        string(mapping(annotation, "youtube_metadata"), "id"),
    )
    meeting = mapping(mapping(annotation, "video_call_metadata"), "meeting_space")
    candidates = (
        _unwrapped(mapping(annotation, "url_metadata").get("url")),
        _unwrapped(mapping(annotation, "interaction_data").get("url")),
        string(meeting, "meeting_url"),
        f"{_drive}{drive}" if drive else "",
        f"{_youtube}{video}" if video else "",
    )
    return next((url for candidate in candidates if (url := safe_url(candidate))), None)


def _unwrapped(value: Any) -> str:
    return string(value, _wrapped) if isinstance(value, dict) else value if isinstance(value, str) else ""


def _titles(annotation: Record) -> Iterator[str]:
    google = mapping(annotation, "gsuite_integration_metadata")
    yield string(mapping(annotation, "drive_metadata"), "title")
    yield string(mapping(annotation, "url_metadata"), "title")
    yield string(mapping(mapping(google, "calendar_event_data"), "calendar_event"), "title")
    yield string(mapping(mapping(google, "tasks_data"), "task_properties"), "title")
