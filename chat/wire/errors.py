"""Errors and close codes of the wire: one table each, which say whether the client may retry.

docs/protocol.md is tested against both.
"""

import enum
from functools import cache
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat.metrics import counted
from chat.text.names import MAX_ROOM_NAME


class ErrorCode(enum.StrEnum):
    """Why a frame, a room or a connection was refused."""

    INVALID_JSON = "invalid_json"
    INVALID_FRAME = "invalid_frame"
    UNKNOWN_TYPE = "unknown_type"
    INVALID_FIELD = "invalid_field"
    EMPTY_MESSAGE = "empty_message"
    MESSAGE_TOO_LONG = "message_too_long"
    INVALID_TEXT = "invalid_text"
    INVALID_NAME = "invalid_name"
    INVALID_ROOM = "invalid_room"
    INVALID_QUERY = "invalid_query"
    INVALID_SEARCH = "invalid_search"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    INVALID_EMOJI = "invalid_emoji"
    TOO_MANY_REACTIONS = "too_many_reactions"
    RATE_LIMITED = "rate_limited"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    STORAGE_FORBIDDEN = "storage_forbidden"
    STORAGE_FULL = "storage_full"
    ROOM_DAMAGED = "room_damaged"
    ROOM_REMOVED = "room_removed"
    TOO_MANY_BAD_FRAMES = "too_many_bad_frames"
    GOING_AWAY = "going_away"
    REFUSED = "refused"


class ErrorRule(NamedTuple):
    """The sentence for a person, and whether a client may send the same frame again.

    Sentences that only the author of a client can cause are not translated.
    """

    detail: str | Promise
    retry: bool


ERRORS: dict[ErrorCode, ErrorRule] = {
    ErrorCode.INVALID_JSON: ErrorRule("The frame is not JSON ({reason}).", False),
    ErrorCode.INVALID_FRAME: ErrorRule("A frame is one JSON object, sent as text ({reason}).", False),
    ErrorCode.UNKNOWN_TYPE: ErrorRule("This server knows no frame of that type.", False),
    ErrorCode.INVALID_FIELD: ErrorRule("A field of the frame is wrong ({reason}).", False),
    ErrorCode.EMPTY_MESSAGE: ErrorRule(_("A message needs at least one character that can be seen."), False),
    ErrorCode.MESSAGE_TOO_LONG: ErrorRule(_("A message can have {most} characters; this one has {length}."), False),
    ErrorCode.INVALID_TEXT: ErrorRule(_("Control characters cannot be sent; {reason}."), False),
    ErrorCode.INVALID_NAME: ErrorRule("{reason}", False),
    ErrorCode.INVALID_ROOM: ErrorRule(
        format_lazy(
            _("A room is 1 to {most} of a-z, 0-9 and -, and begins with a letter or digit."), most=MAX_ROOM_NAME
        ),
        False,
    ),
    ErrorCode.INVALID_QUERY: ErrorRule("The query of the address is wrong ({reason}).", False),
    ErrorCode.INVALID_SEARCH: ErrorRule("{reason}", False),  # a sentence of chat/search/query.py
    ErrorCode.NOT_FOUND: ErrorRule(_("There is no message {id} in this room."), False),
    ErrorCode.NOT_ALLOWED: ErrorRule(_("Only its author can edit or delete a message."), False),
    ErrorCode.INVALID_EMOJI: ErrorRule(_("This is not an emoji that can be used here."), False),
    ErrorCode.TOO_MANY_REACTIONS: ErrorRule(
        _("A message can have {most} different emoji as reactions, {own} of them from one person."), False
    ),
    ErrorCode.RATE_LIMITED: ErrorRule(_("That was too fast. Go on in {seconds} seconds."), True),
    ErrorCode.TOO_MANY_CONNECTIONS: ErrorRule(
        _("Your network has {count} connections to this chat already; there can be no more."), True
    ),
    ErrorCode.STORAGE_UNAVAILABLE: ErrorRule(
        _("The server cannot reach its storage right now. Nothing is lost; try again in a moment."), True
    ),
    ErrorCode.STORAGE_FORBIDDEN: ErrorRule(
        _("The server is not permitted to use this room's file ({reason}). Its owner has to mend that."), False
    ),
    ErrorCode.STORAGE_FULL: ErrorRule(_("Nothing more can be kept: {reason}. What was said can still be read."), False),
    ErrorCode.ROOM_DAMAGED: ErrorRule(_("This room can only be read, for its file is damaged; {reason}."), False),
    ErrorCode.ROOM_REMOVED: ErrorRule(
        _("This room was removed, with everything that was said in it. A message makes a new one."), False
    ),
    ErrorCode.TOO_MANY_BAD_FRAMES: ErrorRule("Too many frames in a row could not be understood.", True),
    ErrorCode.GOING_AWAY: ErrorRule(_("The server is about to stop. Come back in a moment."), True),
    ErrorCode.REFUSED: ErrorRule(_("This room cannot be opened: {reason}."), False),
}


class CloseCode(enum.IntEnum):
    """Why the server closes a connection. 4000-4099: the client may reconnect. 4100-4199: it may not."""

    GOING_AWAY = 4000
    TOO_MANY_BAD_FRAMES = 4002
    SLOW_READER = 4008
    RATE_LIMITED = 4009
    TOO_MANY_CONNECTIONS = 4010
    JOIN_REFUSED = 4100
    ROOM_UNAVAILABLE = 4101

    @property
    def retry(self) -> bool:
        """Whether the client may reconnect."""
        return self < 4100


counted.ERRORS.expect(ErrorCode)
counted.CLOSED.expect(str(int(code)) for code in CloseCode)


class ProtocolError(Exception):
    """A refusal that is answered with an error frame. `fields` are put into the sentence of `ERRORS`.

    It has no language of its own: its text is in the language that is active when the text is read.
    """

    def __init__(
        self, code: ErrorCode, *, client_id: str | None = None, retry_after: float | None = None, **fields: object
    ) -> None:
        super().__init__(code, fields)
        self.code = code
        self.client_id = client_id
        self.retry_after = retry_after
        self._fields: dict[str, Any] = fields

    @property
    def detail(self) -> str:
        """The sentence in the active language."""
        return self.detail_in(translation.get_language() or "en")

    def detail_in(self, language: str) -> str:
        """The sentence in a language, whichever is active. Fast without fields: a refused batch has many of these."""
        sentence = _sentence(self.code, language)
        if not self._fields:
            return sentence
        with translation.override(language):
            return sentence.format(**{name: localize(value) for name, value in self._fields.items()})

    def __str__(self) -> str:
        return self.detail


@cache  # one for each error and language
def _sentence(code: ErrorCode, language: str) -> str:
    with translation.override(language):
        return str(ERRORS[code].detail)
