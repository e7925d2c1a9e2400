"""The readers by their names: the values of --from."""

import re
from itertools import islice

from chat.history.importers import (
    campfire,
    discord,
    googlechat,
    irc,
    matrix,
    mattermost,
    rocketchat,
    slack,
    teams,
    telegram,
    thelounge,
    whatsapp,
    zulip,
)
from chat.history.importers.reader import Reader
from chat.history.importers.slack.workspace import KNOWN_FILES
from chat.history.importers.source import BadSource, Source
from chat.history.importers.unreadable import why_unreadable

_all: tuple[Reader, ...] = (
    campfire.READER,
    discord.READER,
    googlechat.READER,
    irc.READER,
    matrix.READER,
    mattermost.READER,
    rocketchat.READER,
    slack.READER,
    teams.READER,
    telegram.READER,
    thelounge.READER,
    whatsapp.READER,
    zulip.READER,
)
READERS = {reader.name: reader for reader in _all}

# Files that an export has beside its messages, and what is in their heads.
_parts = (
    (slack.READER, KNOWN_FILES, re.compile(rb'\s*\[.*"id"\s*:\s*"[A-Z][A-Z0-9]{6,}"', re.S)),
    (zulip.READER, {"realm.json"}, re.compile(rb'.*"zerver_', re.S)),
    (googlechat.READER, {"group_info.json"}, re.compile(rb'.*"members"', re.S)),
    (rocketchat.READER, {"rocketchat_room.json"}, re.compile(rb'.*"_id"', re.S)),
)


def recognized(source: Source) -> Reader | None:
    """The only reader that recognizes a source; None if it is one file that none does, as chatsite's own are.

    Raises `BadSource`.
    """
    found = [reader for reader in READERS.values() if reader.recognizes(source)]
    if len(found) > 1:
        names = " or ".join(reader.name for reader in found)
        raise BadSource(f"{source.name} could be of several formats: say --from {names}")
    if not found and (why := _part(source) or why_unreadable(source)):
        raise BadSource(why)
    if not found and source.single is None:
        raise BadSource(_unknown(source))
    return found[0] if found else None


def others(source: Source, chosen: Reader) -> list[Reader]:
    """The readers beside the chosen one that recognize a source: what they would read is not read."""
    try:
        return [reader for reader in READERS.values() if reader is not chosen and reader.recognizes(source)]
    except BadSource:  # of a file that the chosen one may not need
        return []


def _part(source: Source) -> str | None:
    """What to name instead of a file that is one of several of an export."""
    for name in source.names():
        base = name.rpartition("/")[2]
        for reader, names, head in _parts:
            if base in names and head.match(source.head(name)):
                where = "the folder or the zip that it is in" if source.single else "all of the export"
                return f"{name} is one part of an export of {reader.title}, without messages: name {where}."
    return None


def _unknown(source: Source) -> str:
    """Why no reader recognizes a source, and what to do."""
    if not source.names() and not source.refused:
        return f"{source.name} is empty: there is no file in it"
    inside = f" It holds the archive {source.archives[0]}: unpack that one, and name it." if source.archives else ""
    refused = "".join(f" {name} in it is not read: {why}." for name, why in islice(source.refused.items(), 3))
    return f"{source.name} is no export that is known. Say --from with one of {', '.join(READERS)}.{inside}{refused}"
