"""Sorted entries of one room become the drafts of its messages, edits and reactions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from chat.history.importers.computed import Computed
from chat.history.importers.entry import NeutralEntry
from chat.history.importers.identity import Identity
from chat.storage import Draft
from chat.storage.records import MessageRecord

MINUTE = 60_000  # milliseconds
DAY = 24 * 60 * MINUTE

# The parts of a timestamp, by minutes of a day, seconds and milliseconds: small tables stay in the processor's cache.
_minutes: Computed[int] = Computed(lambda minute: f"{minute // 60:02}:{minute % 60:02}:")
_seconds: Computed[int] = Computed(lambda second: f"{second:02}.")
_milliseconds: Computed[int] = Computed(lambda millisecond: f"{millisecond:03}Z")


class Drafting:
    """Makes the drafts of one room of a source."""

    def __init__(self, identity: Identity, room: str) -> None:
        self.ids = identity.of_room(room)
        self.authors = identity.people.authors
        self.usernames = identity.people.usernames
        self._days = Computed(_day_text)

    def message(self, entry: NeutralEntry, client_id: str, reply_to: int | None) -> Draft:
        """The message of an entry."""
        return Draft(
            author=self.authors[entry.author_id],
            username=self.usernames[entry.author_name],
            message=entry.text,
            client_id=client_id,
            reply_to=reply_to,
            timestamp=self.timestamp(entry.moment),
        )

    def records(
        self, entries: Sequence[NeutralEntry], client_ids: Sequence[str], reply_to: Mapping[int, int], first_id: int
    ) -> list[MessageRecord]:
        """The records of messages at once: an import of a million of them into a new room needs no drafts.

        `reply_to`: the ids that are answered, by the positions of the answers.
        """
        answered = reply_to.get
        authors, usernames, days = self.authors, self.usernames, self._days
        return [
            MessageRecord(
                first_id + number,
                "message",
                authors[entry.author_id],
                usernames[entry.author_name],
                entry.text,
                f"{days[(moment := entry.moment) // DAY]}{_minutes[moment % DAY // MINUTE]}"
                f"{_seconds[(rest := moment % MINUTE) // 1000]}{_milliseconds[rest % 1000]}",
                client_id,
                answered(number),
                first_id,
            )
            for number, (entry, client_id) in enumerate(zip(entries, client_ids, strict=True))
        ]

    def amendments(self, entry: NeutralEntry, client_id: str, target: int) -> Iterator[Draft]:
        """The edit and the reactions of an entry. The source has the newest text alone, so the edit has it too.

        Reactions get the time of their message: sources have none.
        """
        if entry.edited is not None:
            yield Draft(
                type="edit",
                author=self.authors[entry.author_id],
                username=self.usernames[entry.author_name],
                message=entry.text,
                client_id=self.ids.of_edit(client_id, entry.edited),
                target=target,
                timestamp=self.timestamp(entry.edited),
            )
        for reaction in entry.reactions:
            yield Draft(
                type="reaction",
                author=self.authors[reaction.author_id],
                username=self.usernames[reaction.author_name],
                emoji=reaction.emoji,
                on=True,
                client_id=self.ids.of_reaction(client_id, reaction.emoji),
                target=target,
                timestamp=self.timestamp(entry.moment),
            )

    def timestamp(self, moment: int) -> str:
        """A moment as records have it."""
        rest = moment % MINUTE
        minute, second, millisecond = moment % DAY // MINUTE, rest // 1000, rest % 1000
        return f"{self._days[moment // DAY]}{_minutes[minute]}{_seconds[second]}{_milliseconds[millisecond]}"


def _day_text(day: int) -> str:
    """The first part of a timestamp, by days since 1970."""
    return datetime.fromtimestamp(day * DAY // 1000, UTC).strftime("%Y-%m-%dT")
