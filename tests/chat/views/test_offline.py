"""The manifest, the service worker and its page, as browsers need them."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from chat.views import offline
from tests.support.core.asgi_clients import HttpClient, Response

STATIC = Path(settings.BASE_DIR) / "static"


def site_of(worker: Response) -> dict[str, object]:
    content: dict[str, object] = json.loads(worker.text.split("self.SITE = ")[1].split(";\n")[0])
    return content


@pytest.fixture
def _collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of files as after `collectstatic`."""
    monkeypatch.setattr(offline, "static", lambda name: f"/static/{name}.0123456789ab{Path(name).suffix}")


async def test_the_manifest_makes_the_site_installable(http_client: HttpClient) -> None:
    page = await http_client.get("/chat/lobby/")
    assert '<link rel="manifest" href="/manifest.webmanifest"' in page.text
    answer = await http_client.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    sizes = {(icon.get("purpose", "any"), icon["sizes"]) for icon in manifest["icons"]}
    assert {("any", "192x192"), ("any", "512x512"), ("maskable", "192x192"), ("maskable", "512x512")} <= sizes


@pytest.mark.parametrize("size", [192, 512])
@pytest.mark.parametrize("purpose", ["any", "maskable"])
def test_the_icons_have_the_sizes_that_the_manifest_names(purpose: str, size: int) -> None:
    data = (STATIC / f"chat/icons/{purpose}-{size}.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(data[start : start + 4], "big") for start in (16, 20)] == [size, size]


@pytest.mark.usefixtures("_collected")
async def test_the_worker_may_serve_the_whole_site_and_is_never_stale(http_client: HttpClient) -> None:
    answer = await http_client.get("/service-worker.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "no-cache" in answer.headers["cache-control"]
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    site = site_of(answer)
    assert (site["path"], site["offlinePage"]) == ("", "/offline/")
    assert "respondWith" in answer.text
    assert (await http_client.get("/offline/")).status == 200
    assert (await http_client.get("/chat/lobby/")).client_config()["worker_url"] == "/service-worker.js"


async def test_other_files_are_another_version(http_client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = set()
    for hashed in ("0123456789ab", "ba9876543210"):
        monkeypatch.setattr(offline, "static", lambda name, hashed=hashed: f"/static/{name}.{hashed}.js")
        versions.add(site_of(await http_client.get("/service-worker.js"))["version"])
    assert len(versions) == 2


@pytest.mark.usefixtures("_collected")
async def test_the_owner_can_turn_it_off(http_client: HttpClient) -> None:
    with override_settings(CHAT=dataclasses.replace(settings.CHAT, offline=False)):
        worker = await http_client.get("/service-worker.js")
        assert "unregister()" in worker.text
        assert "respondWith" not in worker.text
        assert (await http_client.get("/chat/lobby/")).client_config()["worker_url"] == ""


async def test_files_without_versions_are_not_kept(http_client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout without `collectstatic` a copy would be shown after its file has changed."""
    monkeypatch.setattr(offline, "static", lambda name: f"/static/{name}")
    assert "respondWith" not in (await http_client.get("/service-worker.js")).text


def test_what_the_worker_takes_for_a_hash_is_one() -> None:
    source = (STATIC / "chat/service_worker.js").read_text()
    (pattern,) = re.findall(r"HASHED_NAME = /(.*)/;", source)
    assert re.search(pattern, "/static/chat/main.0123456789ab.js")
    assert not re.search(pattern, "/static/chat/main.js")
