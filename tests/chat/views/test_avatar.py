"""The disc of a name, on the page before any script has run."""

import json
from html import escape
from pathlib import Path

import pytest

from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.views.avatar import AvatarSigns, avatar_hue
from tests.support.core.asgi_clients import HttpClient

EXAMPLES = json.loads((Path(__file__).parents[2] / "fixtures/message_text.json").read_text())


@pytest.mark.parametrize(("names", "expected"), EXAMPLES["signs"], ids=ascii)
def test_the_people_of_a_page_have_different_signs(names: list[str], expected: list[str]) -> None:
    """Regression: the disc of a family, a flag or a letter with an accent showed its first code point."""
    signs = AvatarSigns()
    assert [signs.sign_of(name) for name in names] == expected


@pytest.mark.parametrize(("username", "hue"), EXAMPLES["hues"], ids=ascii)
def test_a_name_has_one_of_twelve_colours(username: str, hue: int) -> None:
    assert avatar_hue(username) == hue


async def test_the_page_shows_colour_and_sign_before_a_script_runs(http_client: HttpClient, storage: Path) -> None:
    """Regression: the discs were grey until a script gave them their colour."""
    log = JsonFileStore(storage).open("lobby")
    names = ["ada", "👨‍👩‍👧‍👦 Family", "🇩🇪 Max", "adam", "कि"]
    log.append([Draft(author=f"a{i}", username=name, message="hi") for i, name in enumerate(names)])
    page = (await http_client.get("/chat/lobby/")).text
    signs = AvatarSigns()
    for name in names:
        _, row = page.split(f'data-username="{escape(name)}"')
        assert f'data-hue="{avatar_hue(name)}"' in row.partition(">")[0]
        assert f'<span class="avatar" aria-hidden="true">{signs.sign_of(name)}</span>' in row
