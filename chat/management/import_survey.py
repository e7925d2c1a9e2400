"""What an import has found, for people: what is missing, rooms, what is left out, what was decided, what is broken."""

from datetime import UTC, datetime
from shlex import quote

from chat.history.importers.places import Place
from chat.history.importers.reasons import DIRECT, of_number
from chat.history.importers.report import ROOMS, Report, SourceRoom
from chat.history.importers.sorter import Sorter
from chat.management.owner_command import OwnerCommand, counted
from chat.management.tables import table

MAX_SHOWN = 20  # problems; the others are counted
MAX_NAMED = 3  # of what has no name


def print_survey(command: OwnerCommand, report: Report, sorter: Sorter, places: dict[str, Place]) -> None:
    """Print everything. Problems go to standard error."""
    out = command.stdout.write
    for text in _warnings(report):
        out(f"Warning: {text}")
    rows = [_row(report.rooms[key], sorter, place) for key, place in places.items()]
    if rows:
        out(table(["Room", "Messages", "People", "First (UTC)", "Last (UTC)", "Goes into"], rows))
    else:
        out("There is no message to import.")
    if report.skipped:
        left_out = [[count, of_number(count, reason)] for reason, count in sorted(report.skipped.items())]
        out(f"\nLeft out:\n{table(['', ''], left_out)}")
        if DIRECT in report.skipped:
            out("Direct messages are letters of a few people, and everybody here reads every room.")
            out("--direct PREFIX imports them into rooms whose names begin with it.")
    for text in [*report.notes, *_unnamed(report)]:
        out(f"Note: {text}.")
    for place, text in report.problems[:MAX_SHOWN]:
        command.stderr.write(f"{place}: {text}")
    if (more := report.problem_count - MAX_SHOWN) > 0:
        command.stderr.write(f"... and {more} more.")


def _warnings(report: Report) -> list[str]:
    """What lacks its names because a file of the export is not there."""
    texts = []
    for kind, why in report.lacking.items():
        if found := sorted(report.unnamed.get(kind, ())):
            called = f"{len(found)} {of_number(len(found), kind)} would be called by {_ids(kind, len(found))}"
            example = f" Or choose an address: --room {quote(f'{found[0]}=ADDRESS')}." if kind == ROOMS else ""
            texts.append(f"{why}: {called} ({_listed(found)}). Name the whole export, which has that file.{example}")
    return texts


def _unnamed(report: Report) -> list[str]:
    """What the export has no name for, although its files are there."""
    return [
        f"{len(found)} {of_number(len(found), kind)} {'has' if len(found) == 1 else 'have'} no name in the export and "
        f"{'is' if len(found) == 1 else 'are'} called by {_ids(kind, len(found))} ({_listed(sorted(found))})"
        for kind, found in report.unnamed.items()
        if found and kind not in report.lacking
    ]


def _ids(kind: str, count: int) -> str:
    its = "its" if count == 1 else "their"
    return f"{its} folder, file or id" if kind == ROOMS else f"{its} {of_number(count, 'ids')}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MAX_NAMED]) + (" ..." if len(names) > MAX_NAMED else "")


def _row(room: SourceRoom, sorter: Sorter, place: Place) -> list[str | int]:
    found = sorter.rooms[room.key]
    here = "new" if place.found is None else f"has {counted(place.found.tally.messages, 'message')}"
    name = "" if place.name == place.slug else f' "{place.name}"'
    why = f": {place.why_numbered}" if place.why_numbered else ""
    return [
        room.name,
        found.count,
        found.people,
        _minute(found.first),
        _minute(found.last),
        f"{place.slug}{name}, {here}{why}",
    ]


def _minute(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%d %H:%M")
