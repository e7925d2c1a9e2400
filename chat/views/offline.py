"""What makes the site installable, and lets it open without a network: a manifest, a service worker, a page.

CHAT_OFFLINE=off turns the worker off: pages remove it and what it has kept, and so does the worker that is served then.
"""

import hashlib
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language

from chat.views.endpoints import page
from chat.views.responses import html_response

WORKER = "chat/service_worker.js"
# What a page of a room loads, at once and on demand.
FILES = (
    "chat/css/main.css",
    "chat/css/on-demand.css",
    "chat/main.js",
    "chat/main.on-demand.js",
    "chat/history.js",
    "chat/icon.svg",
)
# Removes itself, and what a worker before it has kept.
OFF = """
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(remove()));
async function remove() {
  for (const name of await caches.keys()) if (name.startsWith(`chatsite:${SITE.path}/:`)) await caches.delete(name);
  await self.registration.unregister();
}
"""


def worker_url() -> str:
    """The URL of the service worker for pages; "" if there is to be none.

    Without `collectstatic` a name does not tell one version of a file from another: then no copies are kept.
    """
    return reverse("service-worker") if settings.CHAT.offline and _has_versions() else ""


def _has_versions() -> bool:
    return all(not static(name).endswith(name) for name in FILES)


@page()
async def service_worker(request: HttpRequest) -> HttpResponse:
    """The script. Its folder is what it may serve: the whole site."""
    return HttpResponse(_worker_source(get_script_prefix().rstrip("/")), content_type="text/javascript; charset=utf-8")


def _worker_source(site: str) -> str:
    files = [static(name) for name in FILES]
    source = _source() if worker_url() else OFF
    # In another language the pages that are kept are others too.
    version = hashlib.sha256("\n".join([*files, source, get_language()]).encode()).hexdigest()[:12]
    content = {"version": version, "path": site, "files": files, "offlinePage": reverse("offline")}
    return f"const SITE = self.SITE = {json.dumps(content)};\n{source}"


@cache
def _source() -> str:
    path = finders.find(WORKER)
    assert isinstance(path, str), "the worker is one of the project's files"
    with open(path, encoding="utf-8") as file:
        return file.read()


@page()
async def offline(request: HttpRequest) -> HttpResponse:
    """The page that the worker shows instead of one that it has not kept."""
    return await html_response(request, "chat/offline.html", {})


@page()
async def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest."""
    home = get_script_prefix()
    content = {
        "id": home,
        "name": "chatsite",
        "short_name": "chatsite",
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#f3f0e9",
        "theme_color": "#f3f0e9",
        "icons": [
            {"src": static("chat/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(_icon(size, purpose) for size in (192, 512) for purpose in ("any", "maskable")),
        ],
    }
    return HttpResponse(json.dumps(content), content_type="application/manifest+json")


def _icon(size: int, purpose: str) -> dict[str, Any]:
    src = static(f"chat/icons/{purpose}-{size}.png")
    return {"src": src, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
