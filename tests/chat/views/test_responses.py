"""What every answer carries, which forms are taken, and what a page says when something is wrong."""

import dataclasses
import logging

import pytest
from django.conf import settings
from django.test import override_settings

from chat.conf import Conf
from chat.entrance.identity import COOKIE
from chat.rooms import readiness
from chat.rooms.hub import Hub
from chat.storage.json_file import JsonFileStore
from tests.support.core.asgi_clients import HttpClient
from tests.support.core.doubles import FullDisk

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/name/", "/chat/"])
async def test_a_form_without_its_token_is_refused(http_client: HttpClient, path: str) -> None:
    await http_client.get("/chat/lobby/")
    page = await http_client.post(path, {"username": "ada", "name": "ada"}, token=False)
    assert page.status == 403
    assert "text/html" in page.headers["content-type"]
    answer = await http_client.post(path, {"username": "ada", "name": "ada"}, token=False, accept="application/json")
    assert (answer.status, answer.json()["error"]["code"]) == (403, "csrf")
    http_client.cookies.clear()
    assert (await http_client.post(path, {"username": "ada", "name": "ada"})).status == 403
    assert not [line for line in answer.cookies if line.startswith(COOKIE)]


async def test_the_token_may_come_as_a_field_as_a_page_without_scripts_sends_it(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    fields = {"username": "ada", "csrfmiddlewaretoken": http_client.token}
    assert (await http_client.post("/name/", fields, token=False)).status == 302


@pytest.mark.parametrize("path", ["/name/", "/chat/"])
async def test_forms_are_posted(http_client: HttpClient, path: str) -> None:
    assert (await http_client.get(path)).status == 405


async def test_pages_are_not_posted_to(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    assert (await http_client.post("/chat/lobby/", {})).status == 405


async def test_a_form_that_is_too_large_or_makes_no_sense_is_refused(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    many = {f"f{number}": "x" for number in range(50)}
    assert (await http_client.post("/name/", {"username": "ada", **many})).status == 400
    large = {"username": "ada", "next": "x" * 100_000}
    assert (await http_client.post("/name/", large)).status in {400, 413}
    answer = await http_client.request(
        "POST",
        "/name/",
        {"content-type": "multipart/form-data; boundary=x", "x-csrftoken": http_client.token},
        b"--y\r\nnonsense",
    )
    assert answer.status == 400


# Headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/chat/lobby/", 200),
        ("/static/chat/main.js", 200),
        ("/api/rooms/", 200),
        ("/nowhere", 404),
        ("/api/nowhere", 404),
        ("/name/", 405),
    ],
)
async def test_every_answer_has_the_security_headers(http_client: HttpClient, path: str, status: int) -> None:
    answer = await http_client.get(path)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "geolocation=()" in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


async def test_an_unknown_host_is_refused(hub: Hub) -> None:
    answer = await HttpClient(hub, host="evil.example").get("/chat/lobby/")
    assert answer.status == 400
    assert "evil.example" not in answer.text
    assert (await HttpClient(hub, host="evil.example").get("/healthz")).status == 200


async def test_the_health_of_the_server_is_told(http_client: HttpClient) -> None:
    answer = await http_client.get("/healthz")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


async def test_whether_a_message_would_be_stored_is_told(
    conf: Conf, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "READINESS_CACHE_SECONDS", -1.0)
    disk = FullDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    http_client = HttpClient(hub)
    ready = await http_client.get("/readyz")
    assert (ready.status, ready.json()) == (200, {"status": "ok"})
    disk.full = True
    unready = await http_client.get("/readyz")
    assert (unready.status, unready.json()) == (503, {"status": "storage_unavailable"})
    assert (await http_client.get("/healthz")).status == 200
    assert "No space left" in caplog.text
    disk.full = False
    assert (await http_client.get("/readyz")).status == 200
    assert not list(conf.storage_dir.iterdir()), "the check leaves nothing behind"
    await hub.close()


async def test_asking_often_whether_it_is_ready_does_not_wear_the_disk(conf: Conf) -> None:
    disk = FullDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    answers = [(await HttpClient(hub).get("/readyz")).status for _ in range(20)]
    assert answers == [200] * 20
    assert disk.writes <= 5
    await hub.close()


async def test_a_fault_of_ours_is_a_page_without_details(
    hub: Hub, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr(hub.directory, "rooms", fails)
    with caplog.at_level(logging.ERROR):
        page = await http_client.get("/chat/lobby/")
        answer = await http_client.get("/api/rooms/")
    assert (page.status, answer.status) == (500, 500)
    assert "the secret reason" not in page.text + answer.text
    assert answer.json()["error"]["retry"] is True
    assert "the secret reason" in caplog.text


async def test_behind_https_only_the_health_check_is_answered_without_it(hub: Hub) -> None:
    with override_settings(
        CHAT=dataclasses.replace(settings.CHAT, https=True),
        SECURE_SSL_REDIRECT=True,
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        SECURE_HSTS_SECONDS=3600,
    ):
        http_client = HttpClient(hub)
        plain = await http_client.get("/chat/lobby/")
        assert (plain.status, plain.headers["location"]) == (301, "https://localhost:8000/chat/lobby/")
        assert (await http_client.get("/healthz")).status == 200
        page = await http_client.request("GET", "/chat/lobby/", {"x-forwarded-proto": "https"})
        assert page.status == 200
        assert page.headers["strict-transport-security"].startswith("max-age=3600")
        (cookie,) = [line for line in page.cookies if line.startswith(COOKIE)]
        assert "Secure" in cookie
