"""The documented deployment: Daphne with debugging off, behind a real nginx with the site files of deploy/nginx/."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.support.live_server import PROJECT, LiveServer, fetch
from tests.support.proxies.nginx import Nginx

pytestmark = pytest.mark.skipif(Nginx.path() is None, reason="nginx is not installed")

# `import "./a.js"`, and `... from "./a.js"` behind an import or export that may go over several lines.
IMPORTED = re.compile(r"""^(?:import|(?:import|export)\b[^"';]*\bfrom)\s*["'](\.[^"']+)["']""", re.MULTILINE)


@pytest.fixture(scope="module")
def static_files() -> None:
    """Collected, with hashed names, as in any deployment.

    Never twice: the files are removed for a moment when they are written anew, and servers of other tests use them.
    """
    if not (PROJECT / "staticfiles" / "staticfiles.json").exists():
        subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], cwd=PROJECT, check=True)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, static_files: None) -> Iterator[Nginx]:
    with LiveServer(tmp_path_factory.mktemp("nginx") / "storage") as server:
        with Nginx(server.port) as proxy:
            yield proxy


# Pages and files


def test_the_room_page_comes_with_every_security_header(proxy: Nginx) -> None:
    page = fetch(proxy.url + "/chat/lobby/")
    policy = page.headers["Content-Security-Policy"]
    assert page.status == 200
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_static_files_are_hashed_typed_and_kept_for_a_year(proxy: Nginx) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', fetch(proxy.url + "/chat/lobby/").text))
    assert {Path(path).suffix for path in paths} >= {".js", ".css"}
    for path in paths:
        answer = fetch(proxy.url + path)
        assert answer.status == 200, path
        assert re.search(r"\.[0-9a-f]{12}\.", path), path
        assert "immutable" in answer.headers["Cache-Control"], path
        assert int(re.findall(r"max-age=(\d+)", answer.headers["Cache-Control"])[0]) >= 365 * 24 * 3600, path
        assert answer.headers.get_content_type() == types.get(Path(path).suffix, answer.headers.get_content_type())


def test_a_page_loads_one_script_that_imports_nothing_and_whose_source_map_is_there(proxy: Nginx) -> None:
    page = fetch(proxy.url + "/chat/lobby/").text
    [path] = re.findall(r'src="(/static/[^"]+\.js)"', page)
    script = fetch(proxy.url + path)
    assert not IMPORTED.search(script.text)
    [source_map] = re.findall(r"sourceMappingURL=(\S+)", script.text)
    sources = fetch(proxy.url + urljoin(path, source_map)).json()["sources"]
    assert {fetch(proxy.url + urljoin(path, source)).status for source in sources} == {200}


# Headers that a client forges


def test_a_forged_root_path_changes_no_address(proxy: Nginx) -> None:
    page = fetch(proxy.url + "/chat/lobby/", headers={"Daphne-Root-Path": "/elsewhere"})
    assert page.status == 200
    assert "/elsewhere" not in page.text


def test_a_client_cannot_claim_that_it_came_by_https(tmp_path: Path) -> None:
    with (
        LiveServer(tmp_path / "storage", env={"CHAT_HTTPS": "on"}) as server,
        Nginx(server.port) as proxy,
    ):
        answer = fetch(proxy.url + "/chat/lobby/", headers={"X-Forwarded-Proto": "https"})
    assert answer.status == 301
    assert answer.headers["Location"].startswith("https://127.0.0.1")
