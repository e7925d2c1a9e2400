"""The theme and the density that a page is first painted with."""

import pytest

from chat.views.appearance import COOKIE
from tests.support.core.asgi_clients import HttpClient


@pytest.mark.parametrize("path", ["/chat/lobby/", "/nowhere"])
async def test_a_page_is_sent_in_the_theme_of_the_cookie(http_client: HttpClient, path: str) -> None:
    http_client.cookies[COOKIE] = "dark.compact"
    answer = await http_client.get(path)
    assert '<html lang="en" data-theme="dark" data-density="compact">' in answer.text
    assert '<meta name="color-scheme" content="dark">' in answer.text


@pytest.mark.parametrize("cookie", ["", "x-mark.y", '"><x-mark>', "....", "dark,compact"])
async def test_without_a_valid_cookie_a_page_follows_the_system(http_client: HttpClient, cookie: str) -> None:
    http_client.cookies[COOKIE] = cookie
    answer = await http_client.get("/chat/lobby/")
    assert 'data-theme="system" data-density="comfortable">' in answer.text
    assert '<meta name="color-scheme" content="light dark">' in answer.text
    assert "x-mark" not in answer.text
