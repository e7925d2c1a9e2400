"""The response headers that neither Django nor django-csp sets."""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware


@async_only_middleware
def PermissionsPolicyMiddleware(  # noqa: N802 - named like the classes that stand beside it in settings
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    """No page of the chat needs a camera, a microphone, a place or a payment: nothing on it may ask for one."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response

    return middleware
