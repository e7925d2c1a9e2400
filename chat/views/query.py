"""The query string of a request, checked like a frame."""

from typing import TypeVar

import msgspec
from django.http import HttpRequest

from chat.wire import commands
from chat.wire.commands import FetchHistory
from chat.wire.errors import ErrorCode, ProtocolError

Query = TypeVar("Query", bound=msgspec.Struct)


def history_query(request: HttpRequest) -> FetchHistory:
    """The query string as the `history` frame with the same fields, checked by the same rules."""
    query = parse_query(request, FetchHistory, type="history")
    commands.check_history(query, ErrorCode.INVALID_QUERY)
    return query


def parse_query(request: HttpRequest, kind: type[Query], **tag: str) -> Query:
    """The fields of a struct from the query string; other parameters are ignored. Raises `ProtocolError`."""
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    fields = {key: value for key, value in request.GET.items() if key in names}
    try:
        return msgspec.convert({**fields, **tag}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason=error) from None
