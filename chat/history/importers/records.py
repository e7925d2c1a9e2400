"""The records of JSON files: the objects of a list, which is the whole file or stands under a key, or one a line."""

from collections.abc import Iterator

from chat.history.importers.fields import Record
from chat.history.importers.json_stream import ENTERED, walk
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.typed_records import BadRecord, parse_json


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
    if _is_of_lines(source.head(name), keys):
        yield from _parsed_lines(source, name, report)
        return
    enter = {"", *keys}
    has_list, has_other = False, False
    places = {"*", *(f"{key}.*" for key in keys)}
    with source.open(name) as file:
        for item in walk(file, enter):
            place = f"{name}, record {item.number + 1}"
            has_list |= item.where in keys or item.where in places
            has_other |= bool(item.where) and item.value is not ENTERED
            if item.error or (item.where in places and not isinstance(item.value, dict)):
                if report is not None:
                    report.problem(place if item.where in places else name, item.error or "this is no object")
            elif item.where in places:
                yield place, item.value
            elif about is not None and item.value is not ENTERED:
                about[item.where] = item.value
    if report is not None and has_other and not has_list:
        report.note(f"{name} has no list of records, which would be under {' or '.join(keys)}")


def _parsed_lines(source: Source, name: str, report: Report | None) -> Iterator[tuple[str, Record]]:
    for place, line in record_lines(source, name):
        try:
            record = parse_json(line)
            error = "" if isinstance(record, dict) else "this is no object"
        except BadRecord as broken:
            error = str(broken)
        if not error:
            yield place, record
        elif report is not None:
            report.problem(place, error)


def _is_of_lines(head: bytes, keys: tuple[str, ...]) -> bool:
    """Whether each line is a record: the first one is an object in which there is no list of them."""
    try:
        record = parse_json(head.strip().partition(b"\n")[0])
    except BadRecord:
        return False
    return isinstance(record, dict) and bool(record) and record.keys().isdisjoint(keys)
