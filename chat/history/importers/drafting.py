"""Sorted entries of one room become the drafts of its messages, edits and reactions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.identity import Identity
from chat.storage import Draft

MINUTE = 60_000  # milliseconds


class Drafting:
    """Makes the drafts of one room of a source."""

    def __init__(self, identity: Identity, room: str) -> None:
        self.ids = identity.of_room(room)
        self._people = identity.people
        self._minute = -1
        self._minute_text = ""
        self._rest_texts = _rest_texts()

    def message(self, entry: NeutralEntry, client_id: str, reply_to: int | None) -> Draft:
        """The message of an entry."""
        return Draft(
            author=self._people.author(entry.author_id),
            username=self._people.username(entry.author_name),
            message=entry.text,
            client_id=client_id,
            reply_to=reply_to,
            timestamp=self.timestamp(entry.moment),
        )

    def amendments(self, entry: NeutralEntry, client_id: str, target: int) -> Iterator[Draft]:
        """The edit and the reactions of an entry. The source has the newest text alone, so the edit has it too.

        Reactions get the time of their message: sources have none.
        """
        if entry.edited is not None:
            yield Draft(
                type="edit",
                author=self._people.author(entry.author_id),
                username=self._people.username(entry.author_name),
                message=entry.text,
                client_id=self.ids.of_edit(client_id, entry.edited),
                target=target,
                timestamp=self.timestamp(entry.edited),
            )
        for reaction in entry.reactions:
            yield Draft(
                type="reaction",
                author=self._people.author(reaction.author_id),
                username=self._people.username(reaction.author_name),
                emoji=reaction.emoji,
                on=True,
                client_id=self.ids.of_reaction(client_id, reaction.emoji),
                target=target,
                timestamp=self.timestamp(entry.moment),
            )

    def timestamp(self, moment: int) -> str:
        """A moment as records have it. Most follow one of the same minute."""
        minute, rest = divmod(moment, MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._minute_text = datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:")
        return self._minute_text + self._rest_texts[rest]


@cache
def _rest_texts() -> list[str]:
    """The end of a timestamp for each millisecond of a minute."""
    return [f"{rest // 1000:02}.{rest % 1000:03}Z" for rest in range(MINUTE)]
