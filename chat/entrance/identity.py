"""The identity of a browser over several visits: an author id and a username in a signed cookie.

Only the cookie determines the author of a message; nothing in a frame does. Without a cookie (scripts, bots) an author
id is valid for one connection.

Attack: a site on a sibling subdomain sets this cookie for the common domain, and its visitor speaks as an author whose
cookie the attacker has too. Browsers accept a cookie whose name begins with `__Host-` only over https, from the host
itself and for all its paths. So behind https the cookie has such a name, unless chatsite is below a path.
"""

import functools
import secrets
import time
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from chat.text.names import BadName, clean_username

COOKIE = "chatsite_author"
HOST_COOKIE = f"__Host-{COOKIE}"
MAX_AGE_SECONDS = 365 * 24 * 3600
REMEMBER_SECONDS = 60.0  # at most, that a value was checked: a page, its WebSocket and its requests come together
MAX_REMEMBERED = 512  # characters of a value; ours are shorter, and a client may send anything
# A value is valid under its own name only: an attacker cannot plant the value of a HOST_COOKIE as a COOKIE.
_salts = {COOKIE: "chat.identity", HOST_COOKIE: "chat.identity.host"}


class Identity(NamedTuple):
    """An author id, and the username that its owner chose ("" before that)."""

    author: str
    username: str


def new_author_id() -> str:
    """A random author id that cannot be guessed and is never repeated."""
    return secrets.token_urlsafe(12)


def cookie_name() -> str:
    """The name of the cookie that this server sets."""
    return HOST_COOKIE if settings.CHAT.https and not settings.CHAT.script_name else COOKIE


def from_cookies(cookies: Mapping[str, str]) -> Identity | None:
    """The identity in a client's cookies. One from before CHAT_HTTPS=on counts if there is no other."""
    name = cookie_name()
    return from_cookie(cookies.get(name), name) or (from_cookie(cookies.get(COOKIE)) if name != COOKIE else None)


def from_cookie(value: str | None, name: str = COOKIE) -> Identity | None:
    """The identity in a cookie's value; None if the value is missing, forged, expired or damaged."""
    if not value:
        return None
    if len(value) > MAX_REMEMBERED:
        return _checked.__wrapped__(value, name, settings.SECRET_KEY, 0)
    return _checked(value, name, settings.SECRET_KEY, int(time.time() / REMEMBER_SECONDS))


@functools.lru_cache(maxsize=8192)
def _checked(value: str, name: str, secret_key: str, period: int) -> Identity | None:
    """`secret_key` and `period` are what the result is valid for."""
    try:
        content = signing.loads(value, salt=_salts[name], max_age=MAX_AGE_SECONDS)
        author, username = msgspec.convert(content, tuple[str, str])
    except (signing.BadSignature, msgspec.ValidationError):
        return None
    return Identity(author, _username_if_allowed(username))


def _username_if_allowed(username: str) -> str:
    """The rules for usernames may have changed since the cookie was made: then the visitor chooses a new one."""
    try:
        return clean_username(username)
    except BadName:
        return ""


def identity_of(request: HttpRequest) -> Identity | None:
    """The identity in a request's cookies."""
    return from_cookies(request.COOKIES)


def has_replaced_cookie(request: HttpRequest) -> bool:
    """Whether a request brings a cookie of the name that this server no longer sets."""
    return COOKIE in request.COOKIES and cookie_name() != COOKIE


def set_cookie(request: HttpRequest, response: HttpResponseBase, identity: Identity) -> None:
    """Send the cookie: not readable by scripts, not sent by forms of other sites, with CHAT_HTTPS only over https.

    Other sites on the same host, below other paths, do not get it.
    """
    name, path = cookie_name(), f"{settings.CHAT.script_name}/"
    response.set_cookie(
        name,
        signing.dumps(tuple(identity), salt=_salts[name]),
        max_age=MAX_AGE_SECONDS,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=settings.CHAT.https,
    )
    if has_replaced_cookie(request):
        response.delete_cookie(COOKIE, path=path, samesite="Lax")
