"""What every reader makes of its source: one neutral entry a message, of which the writer makes records."""

import msgspec


class NeutralReaction(msgspec.Struct, frozen=True, gc=False):
    """A person's reaction. `emoji`: a character, or the name of a shortcode without colons. It has no time."""

    emoji: str
    author_id: str
    author_name: str


class Attachment(msgspec.Struct, frozen=True, gc=False):
    """A file that belongs to a message. `path`: inside the export, if it brings the file; `size` in bytes."""

    name: str
    size: int | None = None
    path: str | None = None
    url: str | None = None


class NeutralEntry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A message as the source has it, its text in chatsite's Markdown.

    `room` is the key of a room that was told to the report. `source_id` is unique in its room; "" if the source has
    none: then the writer makes one of the author, the time, the text, and which of several equal ones it is.
    `author_id` is the source's id of the user, or the name if it has none; `author_name` the name at that time, as the
    source has it. `moment` and `edited` are milliseconds since 1970, UTC. `place` is the file and the line or record,
    for people; the file alone where DayTimes has checked the time. Entries of one moment are in the order of `order`,
    then of `source_id`, then as they were read. `reply_to` is a `source_id` of the same room.
    """

    room: str
    source_id: str
    author_id: str
    author_name: str
    moment: int
    text: str
    place: str
    order: int = 0
    reply_to: str | None = None
    edited: int | None = None
    reactions: tuple[NeutralReaction, ...] = ()
    attachments: tuple[Attachment, ...] = ()
