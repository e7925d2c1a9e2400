"""What every response carries, the health of the server, and errors that no view raises."""

import dataclasses
import logging

import pytest
from django.conf import settings
from django.test import override_settings

from chat.conf import Conf
from chat.entrance.identity import HOST_COOKIE
from chat.rooms import readiness
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import HttpClient
from tests.support.core.doubles import FullDisk

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


# Headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/chat/lobby/", 200),
        ("/static/chat/main.js", 200),
        ("/api/rooms/", 200),
        ("/nowhere", 404),
        ("/api/nowhere", 404),
        ("/name/", 302),
    ],
)
async def test_every_response_has_the_security_headers(http_client: HttpClient, path: str, status: int) -> None:
    answer = await http_client.get(path)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "geolocation=()" in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    runs_scripts = answer.headers["content-type"].startswith("text/html")
    assert ("require-trusted-types-for 'script'" in policy) is runs_scripts
    assert "unsafe" not in policy


async def test_an_unknown_host_is_refused(hub: Hub) -> None:
    answer = await HttpClient(hub, host="evil.example").get("/chat/lobby/")
    assert answer.status == 400
    assert (await HttpClient(hub, host="evil.example").get("/healthz")).status == 200


async def test_healthz_answers_while_the_process_is_alive(http_client: HttpClient) -> None:
    answer = await http_client.get("/healthz")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_checks_answer_get_and_head_only(http_client: HttpClient, path: str) -> None:
    """Regression: they answered 200 to POST, DELETE and unknown methods."""
    assert (await http_client.request("HEAD", path)).status == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        answer = await http_client.request(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_readyz_reports_whether_a_message_would_be_stored(
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


async def test_frequent_readiness_checks_write_to_the_disk_once(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    assert readiness.READINESS_CACHE_SECONDS > 0
    monkeypatch.setattr(readiness, "READINESS_CACHE_SECONDS", 3600.0)  # however slow the machine is
    disk = FullDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    assert (await HttpClient(hub).get("/readyz")).status == 200
    first = disk.writes
    answers = [(await HttpClient(hub).get("/readyz")).status for _ in range(5)]
    assert answers == [200] * 5
    assert disk.writes == first
    await hub.close()


@pytest.mark.parametrize(
    "path",
    [
        "/chat/Lobby/",
        "/chat/-a/",
        "/chat/a_b/",
        "/chat/../",
        "/chat/%2e%2e/",
        "/chat/%2e%2e%2fetc/",
        "/chat/a%00b/",
        "/chat/lobby%0a/",
        "/chat/%C3%A4/",
        "/chat/%FF/",
        f"/chat/{'x' * 65}/",
        "/chat/lobby.json/",
        "/nowhere",
        "/storage/lobby.json",
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/static/nothing.js",
    ],
)
async def test_an_unknown_url_is_a_404_page(http_client: HttpClient, path: str) -> None:
    answer = await http_client.get(path)
    assert answer.status == 404
    assert "SECRET" not in answer.text.upper()
    assert "Traceback" not in answer.text


async def test_an_unexpected_exception_is_an_error_page_without_details(
    hub: Hub, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr(hub.directory._listing, "result", fails)
    with caplog.at_level(logging.ERROR):
        page = await http_client.get("/chat/lobby/")
        answer = await http_client.get("/api/rooms/")
    assert (page.status, answer.status) == (500, 500)
    assert "the secret reason" not in page.text + answer.text
    assert answer.json()["error"]["retry"] is True
    assert "the secret reason" in caplog.text


async def test_with_https_only_the_health_check_is_answered_over_http(hub: Hub) -> None:
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
        (cookie,) = [line for line in page.cookies if line.startswith(HOST_COOKIE)]
        assert "Secure" in cookie
