"""The files of an export of Teams, and their records with the names that Microsoft Graph gives to fields."""

import re
from collections.abc import Iterator
from typing import Any

from chat.history.importers.fields import Record, mappings
from chat.history.importers.records import records
from chat.history.importers.report import Report
from chat.history.importers.source import Source

_in_folders = re.compile(r"(?:^|/)(?:teams|users)/[^/]+/messages_[^/]*\.json$", re.I)
_head_bytes = 4096


def message_files(source: Source) -> list[str]:
    """The files with messages: by their place in the folders, or by what they begin with."""
    return [name for name in source.names() if _in_folders.search(name)] or [
        name
        for name in source.names()
        if name.lower().endswith((".json", ".jsonl")) and _begins_with_a_message(source, name)
    ]


def is_whole(names: list[str]) -> bool:
    """Whether files lie as in the export of an organization, which has lists of people and teams."""
    return any(map(_in_folders.search, names))


def _begins_with_a_message(source: Source, name: str) -> bool:
    head = source.head(name, _head_bytes).lower()
    return b'"createddatetime"' in head and (b'"chatid"' in head or b'"messagetype"' in head)


def graph_records(source: Source, name: str, report: Report | None) -> Iterator[tuple[str, Record]]:
    """The records of a file, with their places; those of a list of pages, and the replies inside a message as well."""
    for place, record in records(source, name, report, "value", "Value", "messages"):
        found = lower_first(record)
        for message in [found] if "body" in found else mappings(found, "value") or [found]:
            yield place, message
            channel = message.get("channelIdentity")
            for reply in mappings(message, "replies"):
                yield place, {**reply, "channelIdentity": reply.get("channelIdentity") or channel}


def lower_first(value: Any) -> Any:
    """The names of fields as Graph writes them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower_first(each) for key, each in value.items()}
    return [lower_first(each) for each in value] if isinstance(value, list) else value
