"""The signed cookie, which alone determines the identity of a client."""

import pytest
from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from chat.entrance import identity
from chat.entrance.identity import COOKIE, Identity, from_cookie
from tests.support.effort import Tally


def cookie(value: object, salt: str = "chat.identity") -> str:
    return signing.dumps(value, salt=salt)


def test_a_cookie_brings_back_the_identity() -> None:
    response = HttpResponse()
    identity.set_cookie(response, Identity("a-1", "ada"))
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = response.cookies[COOKIE].value
    assert identity.identity_of(request) == Identity("a-1", "ada")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    response = HttpResponse()
    identity.set_cookie(response, Identity("a-1", "ada"))
    morsel = response.cookies[COOKIE]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["max-age"] == 365 * 24 * 3600
    assert morsel["path"] == "/"
    assert not morsel["secure"]


def test_behind_https_the_cookie_never_travels_without_it() -> None:
    import dataclasses

    response = HttpResponse()
    with override_settings(CHAT=dataclasses.replace(settings.CHAT, https=True)):
        identity.set_cookie(response, Identity("a-1", "ada"))
    assert response.cookies[COOKIE]["secure"]


@pytest.mark.promise
def test_nothing_forged_foreign_or_damaged_is_believed(tally: Tally) -> None:
    good = cookie(("a-1", "ada"))
    assert from_cookie(good) == Identity("a-1", "ada")
    forged = [
        None,
        "",
        "x",
        ":::",
        "\x00",
        "é",
        good[:-1],
        good[:-2] + ("xx" if not good.endswith("xx") else "yy"),
        "x" + good,
        cookie(("a-1", "ada"), salt="another.use"),
        cookie(("a-1",)),
        cookie(("a-1", "ada", "more")),
        cookie(("a-1", 5)),
        cookie("a-1 ada"),
        cookie({"author": "a-1"}),
        cookie(None),
    ]
    assert [from_cookie(value) for value in forged] == [None] * len(forged)
    tally("refused entries", len(forged))


def test_a_cookie_of_another_key_is_not_believed() -> None:
    with override_settings(SECRET_KEY="another key"):
        foreign = cookie(("a-1", "ada"))
    assert from_cookie(foreign) is None


def test_an_old_cookie_is_not_believed(monkeypatch) -> None:
    good = cookie(("a-1", "ada"))
    monkeypatch.setattr(identity, "MAX_AGE_SECONDS", -1)
    assert from_cookie(good) is None


def test_authors_are_never_the_same_and_fit_into_a_record() -> None:
    authors = {identity.new_author_id() for _ in range(1000)}
    assert len(authors) == 1000
    assert all(len(author) == 16 and author.isascii() for author in authors)


def test_a_name_that_the_rules_no_longer_allow_is_chosen_anew() -> None:
    assert from_cookie(cookie(("author-a", "\u3164"))) == Identity("author-a", "")
