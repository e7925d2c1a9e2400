"""Folds amendments (edits, a delete, reactions) into the message that they are about. Pure: the same in every backend.

The log stays as it was written. Pages, exports and search show messages as they are now.
"""

from collections.abc import Iterable

import msgspec

from chat.storage.records import Record

MAX_REACTION_KINDS = 20  # different emoji on one message
MAX_KINDS_BY_AUTHOR = 10  # of one author on one message: nobody alone can leave no place for the others
EXCERPT_CHARACTERS = 200
CHARACTERS_PER_WEIGHT = 100  # of a text, which take as much memory as a reaction


class Reaction(msgspec.Struct, frozen=True):
    """An emoji on a message, and everybody who reacted with it, in this order."""

    emoji: str
    authors: tuple[str, ...]
    usernames: tuple[str, ...]


class Reply(msgspec.Struct, frozen=True):
    """The message that another one answers: its author's name, and how its text begins. Both None if it is deleted."""

    id: int
    username: str | None = None
    excerpt: str | None = None
    deleted: bool = False


class FoldedMessage(msgspec.Struct, frozen=True):
    """A message as it is now.

    `record` has the newest text. `rev` is the id of the last event that is folded in, `edited` the time of the last
    edit.
    """

    record: Record
    rev: int
    edited: str | None = None
    reactions: tuple[Reaction, ...] = ()
    reply: Reply | None = None


Item = FoldedMessage | Record


def item_id(item: Item) -> int:
    """The id of a part of a page."""
    return item.record.id if isinstance(item, FoldedMessage) else item.id


def fold(message: Record, amendments: Iterable[Record]) -> FoldedMessage | None:
    """The message with its amendments, which are in the order of their ids; None if it is deleted."""
    state = MessageState(message)
    state.apply_all(amendments)
    return state.folded()


def reply_to(message_id: int, message: Record | None) -> Reply:
    """What a reply shows of a message, given with its newest text; None: it is deleted, or not there any more."""
    if message is None or message.message is None:
        return Reply(message_id, deleted=True)
    return Reply(message_id, message.username, message.message[:EXCERPT_CHARACTERS])


class MessageState:
    """A message in the making: `apply` takes the same time however many amendments there were.

    `reactions`: by emoji, the usernames by author, in the order in which they reacted. `deletion`: the delete; then
    nothing else is kept of the message. `weight`: how much memory it takes, in reactions; a long text takes more.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.rev = record.id
        self.weight = _weight_of_text(record.message)
        self.edited: str | None = None
        self.deletion: Record | None = None
        self.reactions: dict[str, dict[str, str]] = {}
        self._folded: FoldedMessage | None = None

    def apply(self, amendment: Record) -> None:
        """Fold the next amendment in. One without the fields of its type only counts for `rev`."""
        self.apply_all((amendment,))

    def apply_all(self, amendments: Iterable[Record]) -> None:
        """Fold the next amendments in."""
        self._folded = None
        for amendment in amendments:
            self.rev = amendment.id
            if self.deletion is None:
                _APPLY[amendment.type](self, amendment)

    def _edit(self, edit: Record) -> None:
        if edit.message is not None:
            self.weight += _weight_of_text(edit.message) - _weight_of_text(self.record.message)
            self.record, self.edited = msgspec.structs.replace(self.record, message=edit.message), edit.timestamp

    def _delete(self, delete: Record) -> None:
        self.deletion, self.edited, self.reactions, self.weight = delete, None, {}, 1
        self.record = msgspec.structs.replace(self.record, username=None, message=None)

    def _react(self, reaction: Record) -> None:
        author, emoji = reaction.author, reaction.emoji
        if author is None or reaction.username is None or emoji is None:
            return
        people = self.reactions.get(emoji)
        if reaction.on:
            if people is None:
                people = self.reactions[emoji] = {}
            if author not in people:
                people[author] = reaction.username
                self.weight += 1
        elif people is not None and people.pop(author, None) is not None:
            self.weight -= 1
            if not people:
                del self.reactions[emoji]

    def folded(self) -> FoldedMessage | None:
        """The message as it is now; None if it is deleted."""
        if self.deletion is not None or self.record.message is None:
            return None
        if self._folded is None:
            reactions = [
                Reaction(emoji, tuple(people), tuple(people.values())) for emoji, people in self.reactions.items()
            ]
            self._folded = FoldedMessage(self.record, self.rev, self.edited, tuple(reactions))
        return self._folded


def _weight_of_text(text: str | None) -> int:
    return 1 + len(text or "") // CHARACTERS_PER_WEIGHT


_APPLY = {"edit": MessageState._edit, "delete": MessageState._delete, "reaction": MessageState._react}
