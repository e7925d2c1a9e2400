"""The language of a WebSocket's errors, by the rules of Django's `LocaleMiddleware` for pages."""

from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_language_from_request

CACHE_SIZE = 256  # pairs of headers; browsers send few different ones


def language_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The language that a cookie or `Accept-Language` asks for; English if none does, as for most programs."""
    values = dict(headers)
    cookies, name = values.get(b"cookie", b"").decode("latin1"), settings.LANGUAGE_COOKIE_NAME
    chosen = parse_cookie(cookies).get(name, "") if name in cookies else ""
    return _language(chosen, values.get(b"accept-language", b"").decode("latin1"))


@lru_cache(maxsize=CACHE_SIZE)
def _language(chosen: str, accepted: str) -> str:
    request = HttpRequest()
    request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: chosen}
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)
