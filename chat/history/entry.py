"""One line of an imported file: decoded. drafts.py checks what is in it."""

from typing import Annotated

import msgspec

from chat.storage.records import MAX_CHOSEN_ID
from chat.text.json_depth import TooDeep, check_json_depth
from chat.wire import commands

ImportedId = Annotated[int, msgspec.Meta(ge=1, le=MAX_CHOSEN_ID)]


class BadEntry(ValueError):
    """A line that cannot be imported. The text says why."""


class Person(msgspec.Struct, frozen=True):
    """Somebody who reacted."""

    author: str
    username: str


class FoldedReaction(msgspec.Struct, frozen=True):
    """An emoji on a message of an export, and who reacted with it."""

    emoji: str
    people: list[Person]


class Entry(msgspec.Struct, frozen=True):
    """A decoded line. A line without a type is a message; types without a row in `DRAFTS` are not imported.

    `edited` and `reactions` are folded into the message of an export; `batch` is in the lines of rooms' own files.
    """

    type: str = "message"
    room: str | None = None
    name: str | None = None
    epoch: str | None = None
    id: ImportedId | None = None
    author: str | None = None
    username: str | None = None
    message: str | None = None
    timestamp: str | None = None
    client_id: commands.ClientId | None = None
    reply_to: ImportedId | None = None
    target: Annotated[int, msgspec.Meta(ge=0, le=MAX_CHOSEN_ID)] | None = None
    emoji: str | None = None
    on: bool | None = None
    topic: Annotated[str, msgspec.Meta(max_length=commands.MAX_TOPIC)] | None = None
    edited: str | None = None
    reactions: list[FoldedReaction] = []
    batch: int | None = None

    @property
    def is_blanked(self) -> bool:
        """Whether it is what is left of a message, or of an edit, that was deleted."""
        return self.type in {"message", "edit"} and self.batch is not None and self.message is self.username is None


_decoder = msgspec.json.Decoder(Entry)


def decode(line: bytes) -> Entry:
    """The entry of a line. Raises `BadEntry`."""
    try:
        entry = _decoder.decode(line)
        check_json_depth(line)
    except msgspec.ValidationError as error:
        raise BadEntry(f"not an event of chatsite ({error})") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, TooDeep) as error:
        raise BadEntry(f"not a whole JSON object ({error})") from None
    return entry
