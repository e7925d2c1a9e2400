"""The language of a WebSocket's errors, by the rules of Django's `LocaleMiddleware` for pages."""

from collections.abc import Iterable

from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_language_from_request


def language_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The language that a cookie or `Accept-Language` asks for; English if none does, as for most programs."""
    values = {name: value.decode("latin1") for name, value in headers}
    request = HttpRequest()
    request.COOKIES = parse_cookie(values.get(b"cookie", ""))
    request.META["HTTP_ACCEPT_LANGUAGE"] = values.get(b"accept-language", "")
    return get_language_from_request(request)
