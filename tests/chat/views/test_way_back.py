"""An error page leads back to where the visitor was, and never to itself or to another site."""

import re
from pathlib import Path

import pytest

from tests.support.core.asgi_clients import HttpClient, Response
from tests.support.hostile_text import SCRIPT_URL

SITE = "http://localhost:8000"


def button(answer: Response) -> tuple[str, str]:
    ((url, label),) = re.findall(r'<a class="button" href="(.*?)">(.*?)</a>', answer.text)
    return url, label


async def test_a_refused_name_leads_back_to_the_page_of_the_form(http_client: HttpClient) -> None:
    """Regression: "Back to the rooms" led to the lobby from everywhere."""
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": " ", "next": "/chat/garden/?before=9"})
    assert (answer.status, button(answer)) == (400, ("/chat/garden/?before=9", "Back"))


async def test_a_refused_room_leads_back_to_the_page_that_it_was_made_on(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/chat/", {"name": " "}, referer=f"{SITE}/chat/garden/?before=9&limit=3")
    assert (answer.status, button(answer)) == (400, ("/chat/garden/?before=9&amp;limit=3", "Back"))


@pytest.mark.parametrize(
    "referer",
    [
        "https://evil.example/chat/garden/",
        "http://localhost:8000.evil.example/",
        "http://localhost:8001/chat/",
        f"{SITE}//evil.example/",
        f"{SITE}/nowhere/",  # the page itself
        SCRIPT_URL,
        "http://[",
        "",
    ],
)
async def test_another_site_and_the_page_itself_are_no_way_back(http_client: HttpClient, referer: str) -> None:
    answer = await http_client.get("/nowhere/", referer=referer)
    assert (answer.status, button(answer)) == (404, ("/", "To the lobby"))


async def test_the_lobby_itself_can_be_tried_again(http_client: HttpClient, storage: Path) -> None:
    (storage / "lobby.json").write_text('{"milk": 2}\n')
    answer = await http_client.get("/chat/lobby/")
    assert (answer.status, button(answer)) == (503, ("/chat/lobby/", "Try again"))


async def test_a_form_that_cannot_be_read_is_refused_as_before(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    many = {f"f{number}": "x" for number in range(50)}
    answer = await http_client.post("/name/", {"username": "ada", **many}, referer=f"{SITE}/chat/garden/")
    assert (answer.status, button(answer)) == (400, ("/chat/garden/", "Back"))


async def test_a_browser_without_cookies_is_told_what_is_missing(http_client: HttpClient) -> None:
    answer = await http_client.post("/name/", {"username": "ada"}, token=False)
    assert (answer.status, "allow them for this site" in answer.text) == (403, True)
