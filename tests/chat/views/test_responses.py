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
from tests.support.core.asgi_clients import Browser
from tests.support.core.doubles import FullDisk

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/name/", "/chat/"])
async def test_a_form_without_its_token_is_refused(browser: Browser, path: str) -> None:
    await browser.get("/chat/lobby/")
    page = await browser.post(path, {"username": "ada", "name": "ada"}, token=False)
    assert page.status == 403
    assert "text/html" in page.headers["content-type"]
    answer = await browser.post(path, {"username": "ada", "name": "ada"}, token=False, accept="application/json")
    assert (answer.status, answer.json()["error"]["code"]) == (403, "csrf")
    browser.cookies.clear()
    assert (await browser.post(path, {"username": "ada", "name": "ada"})).status == 403
    assert not [line for line in answer.cookies if line.startswith(COOKIE)]


async def test_the_token_may_come_as_a_field_as_a_page_without_scripts_sends_it(browser: Browser) -> None:
    await browser.get("/chat/lobby/")
    fields = {"username": "ada", "csrfmiddlewaretoken": browser.token}
    assert (await browser.post("/name/", fields, token=False)).status == 302


@pytest.mark.parametrize("path", ["/name/", "/chat/"])
async def test_forms_are_posted(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).status == 405


async def test_pages_are_not_posted_to(browser: Browser) -> None:
    await browser.get("/chat/lobby/")
    assert (await browser.post("/chat/lobby/", {})).status == 405


async def test_a_form_that_is_too_large_or_makes_no_sense_is_refused(browser: Browser) -> None:
    await browser.get("/chat/lobby/")
    many = {f"f{number}": "x" for number in range(50)}
    assert (await browser.post("/name/", {"username": "ada", **many})).status == 400
    large = {"username": "ada", "next": "x" * 100_000}
    assert (await browser.post("/name/", large)).status in {400, 413}
    answer = await browser.request(
        "POST",
        "/name/",
        {"content-type": "multipart/form-data; boundary=x", "x-csrftoken": browser.token},
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
async def test_every_answer_has_the_security_headers(browser: Browser, path: str, status: int) -> None:
    answer = await browser.get(path)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "geolocation=()" in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


async def test_an_unknown_host_is_refused(hub: Hub) -> None:
    answer = await Browser(hub, host="evil.example").get("/chat/lobby/")
    assert answer.status == 400
    assert "evil.example" not in answer.text
    assert (await Browser(hub, host="evil.example").get("/healthz")).status == 200


async def test_the_health_of_the_server_is_told(browser: Browser) -> None:
    answer = await browser.get("/healthz")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


async def test_whether_a_message_would_be_stored_is_told(
    conf: Conf, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "READINESS_CACHE_SECONDS", -1.0)
    disk = FullDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    browser = Browser(hub)
    ready = await browser.get("/readyz")
    assert (ready.status, ready.json()) == (200, {"status": "ok"})
    disk.full = True
    unready = await browser.get("/readyz")
    assert (unready.status, unready.json()) == (503, {"status": "storage_unavailable"})
    assert (await browser.get("/healthz")).status == 200
    assert "No space left" in caplog.text
    disk.full = False
    assert (await browser.get("/readyz")).status == 200
    assert not list(conf.storage_dir.iterdir()), "the check leaves nothing behind"
    await hub.close()


async def test_asking_often_whether_it_is_ready_does_not_wear_the_disk(conf: Conf) -> None:
    disk = FullDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    answers = [(await Browser(hub).get("/readyz")).status for _ in range(20)]
    assert answers == [200] * 20
    assert disk.writes <= 5
    await hub.close()


async def test_a_fault_of_ours_is_a_page_without_details(
    hub: Hub, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr(hub.directory, "rooms", fails)
    with caplog.at_level(logging.ERROR):
        page = await browser.get("/chat/lobby/")
        answer = await browser.get("/api/rooms/")
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
        browser = Browser(hub)
        plain = await browser.get("/chat/lobby/")
        assert (plain.status, plain.headers["location"]) == (301, "https://localhost:8000/chat/lobby/")
        assert (await browser.get("/healthz")).status == 200
        page = await browser.request("GET", "/chat/lobby/", {"x-forwarded-proto": "https"})
        assert page.status == 200
        assert page.headers["strict-transport-security"].startswith("max-age=3600")
        (cookie,) = [line for line in page.cookies if line.startswith(COOKIE)]
        assert "Secure" in cookie
