"""Who somebody is, from one visit to the next: an author id and a name in a signed cookie.

The cookie is the only thing that says who speaks; nothing in a frame can. Without one (scripts, bots) an author lives
as long as its connection.
"""

import secrets
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from chat.text.names import BadName, clean_username

COOKIE = "chatsite_author"
MAX_AGE_SECONDS = 365 * 24 * 3600  # s
_salt = "chat.identity"


class Identity(NamedTuple):
    """An author, and the name they chose ("" until they have)."""

    author: str
    username: str


def new_author() -> str:
    """A random id that nobody can guess or meet twice."""
    return secrets.token_urlsafe(12)


def from_cookie(value: str | None) -> Identity | None:
    """The identity of a cookie's value; None if there is none, or it is forged, old or damaged."""
    if not value:
        return None
    try:
        kept = msgspec.convert(signing.loads(value, salt=_salt, max_age=MAX_AGE_SECONDS), tuple[str, str])
    except (signing.BadSignature, msgspec.ValidationError):
        return None
    return Identity(kept[0], _still_allowed(kept[1]))


def _still_allowed(username: str) -> str:
    """The rules for names may have changed since the cookie was made: then the name is chosen anew."""
    try:
        return clean_username(username)
    except BadName:
        return ""


def identity_of(request: HttpRequest) -> Identity | None:
    """Who a browser says it is."""
    return from_cookie(request.COOKIES.get(COOKIE))


def set_cookie(response: HttpResponseBase, identity: Identity) -> None:
    """Send the cookie: out of reach of scripts and of other sites' forms, and over https only where there is https."""
    response.set_cookie(
        COOKIE,
        signing.dumps(tuple(identity), salt=_salt),
        max_age=MAX_AGE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.CHAT.https,
    )
