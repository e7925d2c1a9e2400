"""What a proxy that is configured wrongly does to requests: the page and one line in the log name the cause."""

import logging

import pytest

from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import HttpClient, Response

HANDSHAKE = {"sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-version": "13"}
INTERNAL = "localhost:8000"  # the server's own name, which most proxies send as Host


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in warnings(caplog)]


def are_rare(caplog: pytest.LogCaptureFixture) -> bool:
    return all(vars(record).get("once_per_minute") for record in warnings(caplog))


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Without those of asyncio about a step that took long, which depend on the machine."""
    return [record for record in caplog.records if record.levelno >= logging.WARNING and record.name != "asyncio"]


# The Upgrade header


async def test_a_handshake_that_lost_its_upgrade_header_is_told_so(
    http_client: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Regression: it got 404, as if the address was wrong. Most proxies drop the header unless they are told not to."""
    answer = await http_client.request("GET", "/ws/chat/lobby/", HANDSHAKE)
    assert answer.status == 426
    assert (answer.headers["upgrade"], answer.headers["connection"]) == ("websocket", "Upgrade")
    assert answer.headers["cache-control"] == "no-store"
    assert "pass the headers Upgrade and Connection on" in answer.text
    (line,) = lines(caplog)
    assert "without its Upgrade header: the proxy" in line
    assert are_rare(caplog)


async def test_a_program_is_told_in_json(http_client: HttpClient) -> None:
    answer = await http_client.request("GET", "/ws/chat/lobby/", {**HANDSHAKE, "accept": "application/json"})
    assert (answer.status, answer.json()["error"]["code"]) == (426, "upgrade_required")


async def test_without_a_key_it_is_no_handshake_but_an_unknown_address(http_client: HttpClient) -> None:
    assert (await http_client.get("/ws/chat/lobby/")).status == 404


# The Host header


async def test_a_host_that_is_not_allowed_is_named_with_the_setting(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """Regression: "the browser sent something that this server does not understand", and no line in the log."""
    answer = await HttpClient(hub, host="chat.example.org").get("/chat/lobby/")
    assert answer.status == 400
    assert answer.headers["cache-control"] == "no-store", "it contains what the client sent"
    for words in ("chat.example.org", "DJANGO_ALLOWED_HOSTS", "pass Host on"):
        assert words in answer.text
    assert "<a " not in answer.text, "every link of this site would lead to this page again"
    (line,) = [line for line in lines(caplog) if not line.startswith("Invalid HTTP_HOST")]  # which settings.py silences
    assert "'chat.example.org': it is not in DJANGO_ALLOWED_HOSTS (" in line
    assert "or the proxy replaces Host" in line


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("<x-mark>", "&lt;x-mark&gt;"),
        ("\u202eexample.org".encode().decode("latin1"), "\\xe2\\x80\\xaeexample.org"),
        ("", "host name &#x27;&#x27;."),
    ],
)
async def test_the_host_is_quoted(hub: Hub, host: str, shown: str) -> None:
    answer = await HttpClient(hub, host=host).get("/chat/lobby/")
    assert answer.status == 400
    assert shown in answer.text
    assert "<x-mark>" not in answer.text


async def test_a_long_host_fills_neither_the_page_nor_the_log(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    answer = await HttpClient(hub, host="x" * 5000).get("/chat/lobby/")
    assert answer.status == 400
    assert "x" * 100 in answer.text
    assert "x" * 101 not in answer.text
    (line,) = [record.getMessage() for record in caplog.records if record.name == "chat.views.errors"]
    assert len(line) < 500


# Forms


async def choose_name(http_client: HttpClient, **headers: str) -> Response:
    await http_client.get("/chat/lobby/")
    return await http_client.post("/name/", {"username": "ada"}, **headers)


@pytest.mark.parametrize("origin", ["https://chat.example.org", "https://localhost:8000", "<x-mark>"])
async def test_a_form_that_comes_for_another_host_names_both(http_client: HttpClient, origin: str) -> None:
    """Regression: "This form has expired. Reload the page": reloading does not help if the proxy replaces `Host`."""
    answer = await choose_name(http_client, origin=origin)
    assert answer.status == 403
    assert "expired" not in answer.text
    assert origin.replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert f"http://{INTERNAL}" in answer.text
    assert answer.text.index("Host header") < answer.text.index("X-Forwarded-Proto")


@pytest.mark.parametrize("headers", [{}, {"origin": f"http://{INTERNAL}"}])
async def test_a_form_of_this_host_without_its_token_has_expired(
    http_client: HttpClient, headers: dict[str, str]
) -> None:
    await http_client.get("/chat/lobby/")
    http_client.token = "wrong"
    answer = await http_client.post("/name/", {"username": "ada"}, **headers)
    assert answer.status == 403
    assert "expired" in answer.text
