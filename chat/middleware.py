"""Around every request: headers that neither Django nor django-csp sets, the rate limit, and priority for messages."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

from chat.entrance.limits import REQUESTS
from chat.views.errors import error_response
from chat.views.request_context import address_limiter_of, hub_of
from chat.wire.errors import ProtocolError

Respond = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def HeadersMiddleware(get_response: Respond) -> Respond:  # noqa: N802 - named like its neighbours in settings
    """Deny pages the browser features that the chat does not use, and forbid caches to store errors."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


@async_only_middleware
def RateLimitMiddleware(get_response: Respond) -> Respond:  # noqa: N802
    """Delay the requests of an address above its rate; refuse them if the delay exceeds `MAX_DELAY_SECONDS`.

    Static files are served above this middleware and are not limited: a page has dozens.
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
