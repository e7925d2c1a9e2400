"""Around every request: headers that neither Django nor django-csp sets, the rate limit, compression, and priority for
messages.
"""

import gzip
import io
import re
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import async_only_middleware

from chat.entrance.limits import REQUESTS
from chat.rooms.batch_priority import BatchPriority
from chat.views.errors import error_response
from chat.views.request_context import address_limiter_of, hub_of
from chat.wire.errors import ProtocolError

Respond = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
MIN_COMPRESSED_BYTES = 500  # smaller responses take one packet anyway
COMPRESSION_LEVEL = 6  # of 9
SLICE_BYTES = 32 * 1024  # compressed in one step: a quarter of a millisecond
MAX_PADDING_BYTES = 100
NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"
ACCEPTS_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|,|$)", re.IGNORECASE)


@async_only_middleware
def HeadersMiddleware(get_response: Respond) -> Respond:  # noqa: N802 - named like its neighbours in settings
    """Deny pages the browser features that the chat does not use, and forbid caches to store errors.

    The policy of pages, and of the service worker, is that of the settings. A browser that opens any other response as
    a page, such as an icon or an answer of the API, loads and runs nothing for it; this policy takes fewer bytes too.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if not _needs_policy(request, response):
            response.headers["Content-Security-Policy"] = NOTHING_ALLOWED
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


def _needs_policy(request: HttpRequest, response: HttpResponseBase) -> bool:
    is_worker = request.resolver_match is not None and request.resolver_match.url_name == "service-worker"
    return is_worker or response.headers.get("Content-Type", "").startswith("text/html")


@async_only_middleware
def RateLimitMiddleware(get_response: Respond) -> Respond:  # noqa: N802
    """Delay the requests of an address above its rate; refuse them if the delay exceeds `MAX_DELAY_SECONDS`.

    Static files are served above this middleware and are not limited: a page has dozens before collectstatic.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            await address_limiter_of(request).wait_for(REQUESTS)
        except ProtocolError as error:
            await hub_of(request).batch_priority.yield_to_batches()
            return error_response(request, error)
        return await get_response(request)

    return middleware


@async_only_middleware
def BatchPriorityMiddleware(get_response: Respond) -> Respond:  # noqa: N802
    """Yield to batches of messages before every view and before its response, also if there is no such page."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        yield_to_batches = hub_of(request).batch_priority.yield_to_batches
        await yield_to_batches()
        response = await get_response(request)
        await yield_to_batches()
        return response

    return middleware


@async_only_middleware
def GzipMiddleware(get_response: Respond) -> Respond:  # noqa: N802
    """Compress pages and API answers. Static files are compressed by collectstatic, and served above this middleware.

    Attack (BREACH): with texts that a stranger makes part of a page, the size of the encrypted page tells whether they
    repeat a secret of it. The secret of our pages is the CSRF token, and Django masks it anew in every response. In
    addition a random number of bytes hides the exact size, as in Django's own middleware, which compresses a page in
    one step: one of long messages would take the event loop for 20 ms.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        if not isinstance(response, HttpResponse) or len(response.content) < MIN_COMPRESSED_BYTES:
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")):
            await _compress(response, hub_of(request).batch_priority)
        return response

    return middleware


async def _compress(response: HttpResponse, batch_priority: BatchPriority) -> None:
    content, compressed = response.content, io.BytesIO()
    padding = "-" * secrets.randbelow(MAX_PADDING_BYTES)  # as the name of the file, which nobody reads
    with gzip.GzipFile(padding, "wb", COMPRESSION_LEVEL, compressed, mtime=0) as file:
        async for start in batch_priority.in_steps(range(0, len(content), SLICE_BYTES)):
            file.write(content[start : start + SLICE_BYTES])
    response.content = compressed.getvalue()
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))
