"""Storage errors as the errors of the wire: one table for connections, pages and the HTTP API."""

from chat.storage import (
    Draft,
    NameTaken,
    Refusal,
    RoomDamaged,
    RoomUnusable,
    StorageError,
    StorageForbidden,
    StorageFull,
)
from chat.storage.folding import MAX_KINDS_BY_AUTHOR, MAX_REACTION_KINDS
from chat.wire.errors import ErrorCode, ProtocolError

RETRY_AFTER_SECONDS = 1.0  # before a client repeats a message that storage could not take
# Any other error, expected or not, is `storage_unavailable`: nothing is stored, and the client may try again.
CODES: dict[type[StorageError], ErrorCode] = {
    NameTaken: ErrorCode.INVALID_NAME,
    RoomDamaged: ErrorCode.ROOM_DAMAGED,
    StorageForbidden: ErrorCode.STORAGE_FORBIDDEN,
    StorageFull: ErrorCode.STORAGE_FULL,
    RoomUnusable: ErrorCode.REFUSED,
}


def error_for(error: BaseException, client_id: str | None = None) -> ProtocolError:
    """The answer to a client whose message was not stored, or whose page could not be read."""
    for kind, code in CODES.items():
        if isinstance(error, kind):
            return ProtocolError(code, reason=error.why, client_id=client_id)
    return ProtocolError(ErrorCode.STORAGE_UNAVAILABLE, client_id=client_id, retry_after=RETRY_AFTER_SECONDS)


def error_for_refusal(refusal: Refusal | None, draft: Draft) -> ProtocolError:
    """The answer to a client whose command was refused, while the others of its batch were stored."""
    assert refusal is not None, "what has no record was refused"
    refers_to = draft.reply_to if draft.target is None else draft.target
    limits = {"most": MAX_REACTION_KINDS, "own": MAX_KINDS_BY_AUTHOR}
    return ProtocolError(ErrorCode(refusal.value), client_id=draft.client_id, id=refers_to, **limits)


def traceback_of(error: BaseException) -> BaseException | None:
    """What a log line gets as `exc_info`: an unexpected error with its traceback; a storage error needs none."""
    return None if isinstance(error, StorageError) else error
