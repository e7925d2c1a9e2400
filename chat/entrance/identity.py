"""The identity of a browser over several visits: an author id and a username in a signed cookie.

Only the cookie determines the author of a message; nothing in a frame does. Without a cookie (scripts, bots) an author
id is valid for one connection.
"""

import secrets
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from chat.text.names import BadName, clean_username

COOKIE = "chatsite_author"
MAX_AGE_SECONDS = 365 * 24 * 3600
_salt = "chat.identity"


class Identity(NamedTuple):
    """An author id, and the username that its owner chose ("" before that)."""

    author: str
    username: str


def new_author_id() -> str:
    """A random author id that cannot be guessed and is never repeated."""
    return secrets.token_urlsafe(12)


def from_cookie(value: str | None) -> Identity | None:
    """The identity in a cookie's value; None if the value is missing, forged, expired or damaged."""
    if not value:
        return None
    try:
        author, username = msgspec.convert(signing.loads(value, salt=_salt, max_age=MAX_AGE_SECONDS), tuple[str, str])
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
    """The identity in a request's cookie."""
    return from_cookie(request.COOKIES.get(COOKIE))


def set_cookie(response: HttpResponseBase, identity: Identity) -> None:
    """Send the cookie: not readable by scripts, not sent by forms of other sites, with CHAT_HTTPS only over https.

    Other sites on the same host, below other paths, do not get it.
    """
    response.set_cookie(
        COOKIE,
        signing.dumps(tuple(identity), salt=_salt),
        max_age=MAX_AGE_SECONDS,
        path=f"{settings.CHAT.script_name}/",
        httponly=True,
        samesite="Lax",
        secure=settings.CHAT.https,
    )
