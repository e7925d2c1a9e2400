"""The records of JSON files: the objects of a list, which is the whole file or stands under a key, or one a line."""

from collections.abc import Iterator

from chat.history.importers.fields import Record
from chat.history.importers.json_stream import ENTERED, walk
from chat.history.importers.report import Report
from chat.history.importers.source import Source


def record_lines(source: Source, name: str) -> Iterator[tuple[str, bytes]]:
    """Each line that is not blank, with its place, for people."""
    with source.open(name) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"{name}, line {number}", line


def records(
    source: Source, name: str, report: Report | None, *keys: str, about: Record | None = None
) -> Iterator[tuple[str, Record]]:
    """Each record with its place, for people. `keys`: under which the list may stand.

    What is broken goes to the report; None: it was told before. `about` gets what stands beside the list.
    """
    enter = {"", *keys}
    places = {"*", *(f"{key}.*" for key in keys)}
    with source.open(name) as file:
        for item in walk(file, enter):
            place = f"{name}, record {item.number + 1}"
            if item.error or (item.where in places and not isinstance(item.value, dict)):
                if report is not None:
                    report.problem(place if item.where in places else name, item.error or "this is no object")
            elif item.where in places:
                yield place, item.value
            elif about is not None and item.value is not ENTERED:
                about[item.where] = item.value
