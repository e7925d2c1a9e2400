"""The sign on the disc of a name, on the page before any script has run."""

import json
from pathlib import Path

import pytest

from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.views.avatar import avatar_initial
from tests.support.core.asgi_clients import HttpClient

INITIALS = json.loads((Path(__file__).parents[2] / "fixtures/message_text.json").read_text())["initials"]


@pytest.mark.parametrize(("username", "initial"), INITIALS, ids=ascii)
def test_the_initial_is_the_first_grapheme_in_capitals(username: str, initial: str) -> None:
    """Regression: the disc of a family, a flag or a letter with an accent showed its first code point."""
    assert avatar_initial(username) == initial


async def test_the_page_shows_it(http_client: HttpClient, storage: Path) -> None:
    log = JsonFileStore(storage).open("lobby")
    names = [username for username, _ in INITIALS if len(username) > 1]
    log.append([Draft(author=f"a{i}", username=name, message="hi") for i, name in enumerate(names)])
    page = (await http_client.get("/chat/lobby/")).text
    for name in names:
        assert f'<span class="avatar" aria-hidden="true">{avatar_initial(name)}</span>' in page
