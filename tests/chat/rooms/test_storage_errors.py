"""Storage errors as errors of the wire: every kind has its code, and clients are told whether they may retry."""

import pytest

from chat.rooms.storage_errors import RETRY_AFTER_SECONDS, error_for, traceback_of
from chat.storage import NameTaken, RoomDamaged, RoomUnusable, StorageError, StorageFull, StorageUnavailable
from chat.wire.errors import ERRORS, ErrorCode

CODES = {
    StorageUnavailable: ErrorCode.STORAGE_UNAVAILABLE,
    StorageFull: ErrorCode.STORAGE_FULL,
    NameTaken: ErrorCode.INVALID_NAME,
    RoomDamaged: ErrorCode.ROOM_DAMAGED,
    RoomUnusable: ErrorCode.REFUSED,
}


def raised(kind: type[StorageError]) -> StorageError:
    """An error of a kind, without the arguments that its constructor has."""
    error = kind.__new__(kind)
    error.why = "line 4 is torn"
    return error


def test_every_kind_of_storage_error_has_a_code() -> None:
    assert set(StorageError.__subclasses__()) == set(CODES)
    for kind, code in CODES.items():
        assert error_for(raised(kind)).code is code


@pytest.mark.parametrize("kind", [StorageFull, NameTaken, RoomDamaged, RoomUnusable])
def test_an_error_that_a_retry_does_not_help_gives_the_reason(kind: type[StorageError]) -> None:
    error = error_for(raised(kind), "c-1")
    assert "line 4 is torn" in error.detail
    assert (error.client_id, error.retry_after) == ("c-1", None)
    assert not ERRORS[error.code].retry


@pytest.mark.parametrize("error", [raised(StorageUnavailable), OSError("a secret path"), ZeroDivisionError()])
def test_any_other_error_may_be_retried_and_gives_no_detail(error: Exception) -> None:
    answer = error_for(error, "c-1")
    assert (answer.code, answer.client_id) == (ErrorCode.STORAGE_UNAVAILABLE, "c-1")
    assert answer.retry_after == RETRY_AFTER_SECONDS
    assert answer.detail == ERRORS[ErrorCode.STORAGE_UNAVAILABLE].detail


def test_only_unexpected_errors_are_logged_with_a_traceback() -> None:
    unexpected = ZeroDivisionError()
    assert traceback_of(unexpected) is unexpected
    assert traceback_of(raised(StorageUnavailable)) is None
