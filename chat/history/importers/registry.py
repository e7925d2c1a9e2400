"""The readers by their names: the values of --from."""

from chat.history.importers import matrix, mattermost, slack, teams, whatsapp
from chat.history.importers.reader import Reader
from chat.history.importers.source import BadSource, Source

_all: tuple[Reader, ...] = (
    matrix.READER,
    mattermost.READER,
    slack.READER,
    teams.READER,
    whatsapp.READER,
)
READERS = {reader.name: reader for reader in _all}


def recognized(source: Source) -> Reader:
    """The only reader that recognizes a source. Raises `BadSource` if there is none, or more than one."""
    found = [reader for reader in READERS.values() if reader.recognizes(source)]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(reader.name for reader in found)
        raise BadSource(f"{source.name} could be of several formats: say --from {names}")
    raise BadSource(f"{source.name} is no export that is known: say --from with one of {', '.join(READERS)}")
