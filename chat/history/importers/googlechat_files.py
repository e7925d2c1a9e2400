"""The files beside the messages of a Google Chat conversation. Their names on the disk are not those of the messages.

Signs such as ? and & became _. Files of one name are a.png, a(1).png, a(2).png there, in the order of the messages, all
of which call theirs a.png.
"""

import re
from collections import Counter
from collections.abc import Iterator

from chat.history.importers.fields import mappings, string
from chat.history.importers.records import records
from chat.history.importers.report import Report
from chat.history.importers.source import Source

_changed_on_disk = re.compile(r"[^\w.-]")


class ExportedFiles:
    """The files of one folder, found by the names in its messages, which are asked for in their order."""

    def __init__(self, source: Source, folder: str, messages: str, report: Report) -> None:
        start = f"{folder}/" if folder else ""
        inside = [each for each in source.names() if each.startswith(start) and "/" not in each[len(start) :]]
        self._paths = {_on_disk(each[len(start) :]): each for each in inside}
        self._messages = messages
        self._report = report
        has_files = any(not name.lower().endswith(".json") for name in inside)
        all_names = _export_names(source, messages) if has_files else ()
        self._counts = Counter(all_names)  # how many files of a name the messages have
        self._asked: Counter[str] = Counter()

    def path(self, export_name: str) -> str | None:
        """The path of the next file of this name.

        None if it is not there, or if there are more or fewer files than messages name: the files of deleted messages
        are still there, so that nothing tells whose the others are.
        """
        number, count = self._asked[export_name], self._counts[export_name]
        self._asked[export_name] += 1
        if count > 1 and (self._path(export_name, count) or not self._path(export_name, count - 1)):
            if self._path(export_name, 0):
                self._report.note(f"{self._messages}: nothing tells whose the files like {export_name} are")
            return None
        return self._path(export_name, number)

    def _path(self, export_name: str, number: int) -> str | None:
        stem, dot, extension = export_name.rpartition(".")
        stem, end = (stem, dot + extension) if dot else (extension, "")
        return self._paths.get(_on_disk(f"{stem}({number}){end}" if number else export_name))


def _on_disk(name: str) -> str:
    return _changed_on_disk.sub("_", name)


def _export_names(source: Source, messages: str) -> Iterator[str]:
    for _, message in records(source, messages, None, "messages"):
        yield from (string(file, "export_name") for file in mappings(message, "attached_files"))
