"""The query string of a request, checked like a frame."""

from datetime import datetime
from typing import TypeVar

import msgspec
from django.http import HttpRequest

from chat.storage.timestamps import parse_timestamp
from chat.wire import commands
from chat.wire.commands import FetchHistory
from chat.wire.errors import ErrorCode, ProtocolError

Query = TypeVar("Query", bound=msgspec.Struct)


def history_query(request: HttpRequest) -> FetchHistory:
    """The query string as the `history` frame with the same fields, checked by the same rules."""
    query = parse_query(request, FetchHistory, type="history")
    commands.check_history(query, ErrorCode.INVALID_QUERY)
    return query


def date_query(request: HttpRequest) -> datetime | None:
    """The moment that `date` names: midnight, UTC, of a day, or a time of ISO 8601, which the page's scripts send.

    They send the midnight of the reader's own day. None without it; raises `ProtocolError` if it is no date.
    """
    text = request.GET.get("date", "")
    moment = parse_timestamp(text.replace(" ", "+"))  # a + in a query is a blank
    if text and moment is None:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason="`date` is no date such as 2026-11-23")
    return moment


def parse_query(request: HttpRequest, kind: type[Query], **tag: str) -> Query:
    """The fields of a struct from the query string; other parameters are ignored. Raises `ProtocolError`."""
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    fields = {key: value for key, value in request.GET.items() if key in names}
    try:
        return msgspec.convert({**fields, **tag}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason=error) from None
