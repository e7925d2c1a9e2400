"""The id of the request or WebSocket that is being served: every log line about it has the same one."""

import asyncio
import itertools
import re
import secrets
from collections.abc import Coroutine, Iterable
from contextvars import Context, ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
HEADER = b"x-request-id"
_valid = re.compile(rb"[a-zA-Z0-9._-]{1,64}")
_prefix = secrets.token_hex(4).encode()  # of this process; a random number for each would be a system call for each
_numbers = itertools.count(secrets.randbits(32))
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id; "" outside of a request, and in the threads of the storage, which serve many at once."""
    return _current.get()


def begin(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Set the id for the current task, and return it: that of the request's header, or a new one.

    A header of another form is ignored: it could fill the log, or forge a line.
    """
    given = next((value for name, value in headers if name == HEADER), b"")
    request_id = given if _valid.fullmatch(given) else b"%b%08x" % (_prefix, next(_numbers) & 0xFFFFFFFF)
    _current.set(request_id.decode())
    return request_id


def resume(request_id: str) -> None:
    """Set the id again, where the same task serves many connections in turn; "" for none."""
    _current.set(request_id)


def shared_task(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that works for more than the request which starts it, so that its log lines do not have that one's id."""
    return asyncio.create_task(work, context=Context())
