"""The readers by their names: the values of --from."""

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


def recognized(source: Source) -> Reader | None:
    """The only reader that recognizes a source; None if it is one file that none does, as chatsite's own are.

    Raises `BadSource`.
    """
    found = [reader for reader in READERS.values() if reader.recognizes(source)]
    if len(found) > 1:
        names = " or ".join(reader.name for reader in found)
        raise BadSource(f"{source.name} could be of several formats: say --from {names}")
    if not found and (why := why_unreadable(source)):
        raise BadSource(why)
    if not found and source.single is None:
        raise BadSource(_unknown(source))
    return found[0] if found else None


def _unknown(source: Source) -> str:
    """Why no reader recognizes a source, and what to do."""
    if not source.names() and not source.refused:
        return f"{source.name} is empty: there is no file in it"
    inside = f" It holds the archive {source.archives[0]}: unpack that one, and name it." if source.archives else ""
    refused = "".join(f" {name} in it is not read: {why}." for name, why in islice(source.refused.items(), 3))
    return f"{source.name} is no export that is known. Say --from with one of {', '.join(READERS)}.{inside}{refused}"
