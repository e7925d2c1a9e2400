"""The signed cookie, which alone determines the identity of a client."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from chat.entrance import identity
from chat.entrance.identity import COOKIE, HOST_COOKIE, Identity, from_cookie, from_cookies
from tests.support.effort import Tally


def cookie(value: object, salt: str = "chat.identity") -> str:
    return signing.dumps(value, salt=salt)


def response_with(author: Identity, cookies: Mapping[str, str] | None = None) -> HttpResponse:
    """A response that sets an author's cookie, to a request with these cookies."""
    request, response = RequestFactory().get("/"), HttpResponse()
    request.COOKIES.update(cookies or {})
    identity.set_cookie(request, response, author)
    return response


def test_a_cookie_brings_back_the_identity() -> None:
    response = response_with(Identity("a-1", "ada"))
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = response.cookies[COOKIE].value
    assert identity.identity_of(request) == Identity("a-1", "ada")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    response = response_with(Identity("a-1", "ada"))
    morsel = response.cookies[COOKIE]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["max-age"] == 365 * 24 * 3600
    assert morsel["path"] == "/"
    assert not morsel["secure"]


def with_settings(**changes: Any) -> Any:
    return override_settings(CHAT=dataclasses.replace(settings.CHAT, **changes))


@pytest.fixture
def _https() -> Iterator[None]:
    with with_settings(https=True):
        yield


@pytest.mark.usefixtures("_https")
def test_behind_https_no_other_host_can_set_the_cookie_and_it_never_travels_without_https() -> None:
    """Regression: a site on a sibling subdomain could set the cookie for the whole domain."""
    response = response_with(Identity("a-1", "ada"))
    morsel = response.cookies["__Host-chatsite_author"]  # what browsers demand of such a name:
    assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")
    assert from_cookies({HOST_COOKIE: morsel.value}) == Identity("a-1", "ada")


@pytest.mark.usefixtures("_https")
def test_a_cookie_from_before_https_counts_until_it_is_replaced() -> None:
    old = {COOKIE: cookie(("a-1", "ada"))}
    assert from_cookies(old) == Identity("a-1", "ada")
    response = response_with(Identity("a-1", "ada"), old)
    assert response.cookies[COOKIE]["max-age"] == 0, "the browser removes it"
    assert from_cookies({**old, HOST_COOKIE: cookie(("b-2", "bob"), "chat.identity.host")}) == Identity("b-2", "bob")


@pytest.mark.usefixtures("_https")
def test_what_an_attacker_got_behind_https_is_not_believed_under_the_old_name() -> None:
    response = response_with(Identity("m-1", "mallory"))
    assert from_cookies({COOKIE: response.cookies[HOST_COOKIE].value}) is None


def test_below_a_path_the_cookie_has_its_plain_name() -> None:
    """Browsers refuse a `__Host-` cookie for a part of a host's paths."""
    with with_settings(https=True, script_name="/chat"):
        response = response_with(Identity("a-1", "ada"))
        assert from_cookies({COOKIE: response.cookies[COOKIE].value}) == Identity("a-1", "ada")
    assert (list(response.cookies), response.cookies[COOKIE]["path"]) == ([COOKIE], "/chat/")


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


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    identity._checked.cache_clear()


def test_a_signature_is_checked_once_a_minute_for_each_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    now, checks, loads = [1_000_000_000.0], [], signing.loads
    monkeypatch.setattr("time.time", lambda: now[0])
    monkeypatch.setattr(signing, "loads", lambda value, **options: checks.append(value) or loads(value, **options))
    ada, bob = cookie(("a-1", "ada")), cookie(("b-1", "bob"))
    for _ in range(3):
        assert from_cookie(ada) == Identity("a-1", "ada")
        assert from_cookie(bob) == Identity("b-1", "bob")
        assert from_cookie(ada, HOST_COOKIE) is None, "what is remembered belongs to a name"
    assert checks == [ada, bob, ada]
    now[0] += identity.REMEMBER_SECONDS
    assert from_cookie(ada) == Identity("a-1", "ada")
    now[0] += identity.MAX_AGE_SECONDS
    assert from_cookie(ada) is None
    assert checks == [ada, bob, ada, ada, ada]


def test_long_values_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        assert from_cookie("x" * identity.MAX_REMEMBERED + str(number)) is None
    assert identity._checked.cache_info().currsize == 0
    assert from_cookie("x") is None
    assert identity._checked.cache_info().currsize == 1


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
