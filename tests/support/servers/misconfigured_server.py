"""A server with a permissive umask, and what attackers do there."""

from pathlib import Path
from urllib.parse import urlencode

from tests.support.live_server import LiveServer, Response, fetch
from tests.support.servers.server_kinds import NO_RATE_LIMIT

HOST = b"Host: localhost"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = "what-is-kept-elsewhere"


class MisconfiguredServer(LiveServer):
    """Started with umask 0, so that new files are for everybody, and in a folder that does not exist yet."""

    def __init__(self, root: Path, **env: str) -> None:
        self.folder = root / "storage" / "deep" / "down"
        super().__init__(root / "storage", "serve", {**NO_RATE_LIMIT, "CHAT_STORAGE_DIR": str(self.folder), **env})

    def _arguments(self) -> list[str]:
        return without_umask(*super()._arguments())


def without_umask(*command: str) -> list[str]:
    return ["sh", "-c", 'umask 0; exec "$@"', "sh", *command]


def files_below(root: Path) -> set[str]:
    """Every file below a folder, except the server's log."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.suffix != ".log"}


def post_form(server: LiveServer, path: str, fields: dict[str, str], **headers: str) -> Response:
    """Send a form as its page does."""
    page = fetch(server.url + "/chat/lobby/")
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    cookies = "; ".join(cookie.partition(";")[0] for cookie in page.headers.get_all("Set-Cookie", []))
    body = urlencode({"csrfmiddlewaretoken": token, **fields})
    return fetch(server.url + path, "POST", headers={**FORM, "Cookie": cookies, **headers}, body=body)
