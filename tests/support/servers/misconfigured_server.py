"""A server as a careless owner starts it, and what strangers do there."""

from pathlib import Path
from urllib.parse import urlencode

from tests.support.live_server import LiveServer, Response, fetch
from tests.support.servers.server_kinds import NO_LIMIT

HOST = b"Host: localhost"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = "what-is-kept-elsewhere"


class Loose(LiveServer):
    """Started by somebody whose new files everybody may read and write, in a folder that is not there yet."""

    def __init__(self, root: Path, **env: str) -> None:
        self.folder = root / "storage" / "deep" / "down"
        super().__init__(root / "storage", "serve", {**NO_LIMIT, "CHAT_STORAGE_DIR": str(self.folder), **env})

    def _arguments(self) -> list[str]:
        return loosely(*super()._arguments())


def loosely(*command: str) -> list[str]:
    return ["sh", "-c", 'umask 0; exec "$@"', "sh", *command]


def kept(root: Path) -> set[str]:
    """Every file below a folder, but for the server's log."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.suffix != ".log"}


def form(server: LiveServer, path: str, fields: dict[str, str], **headers: str) -> Response:
    """A form, sent as its page would."""
    page = fetch(server.url + "/chat/lobby/")
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    cookies = "; ".join(cookie.partition(";")[0] for cookie in page.headers.get_all("Set-Cookie", []))
    body = urlencode({"csrfmiddlewaretoken": token, **fields})
    return fetch(server.url + path, "POST", headers={**FORM, "Cookie": cookies, **headers}, body=body)
