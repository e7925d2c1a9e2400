"""Around every request: headers that neither Django nor django-csp sets, and how fast requests may come."""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

from chat.entrance.limits import wait_for_token
from chat.views import room as views
from chat.views.request_context import address_limiter_of, hub_of
from chat.wire.protocol import ProtocolError

Respond = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def PermissionsPolicyMiddleware(get_response: Respond) -> Respond:  # noqa: N802 - named like its neighbours in settings
    """No page of the chat needs a camera, a microphone, a place or a payment: nothing on it may ask for one."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response

    return middleware


@async_only_middleware
def RateLimitMiddleware(get_response: Respond) -> Respond:  # noqa: N802
    """Whoever asks too often waits, and past `HOLD_SECONDS` is refused; what is being said goes before every answer.

    Static files that exist are free, for a page has dozens: they are served above this.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        give_way = hub_of(request).batch_priority.yield_to_batches
        try:
            await wait_for_token(address_limiter_of(request).requests)
        except ProtocolError as error:
            await give_way()
            return views.too_fast(request, error)
        await give_way()
        response = await get_response(request)
        await give_way()
        return response

    return middleware
