"""A site below a path of its host (DJANGO_FORCE_SCRIPT_NAME): pages, forms, scripts, WebSocket and stored values."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.browser.browser_user import BrowserUser
from tests.support.live_server import LiveServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {"DJANGO_FORCE_SCRIPT_NAME": "/chat"}
    with LiveServer(tmp_path_factory.mktemp("below-a-path") / "storage", "serve", env) as server:
        yield server


def test_two_users_talk_rename_and_make_a_room_below_a_path(open_page: OpenPage, server: LiveServer) -> None:
    ada, bob = (BrowserUser(open_page(), f"{server.url}/chat").visit("lobby").join(name) for name in ("ada", "bob"))
    ada.send("hello")
    bob.expect_messages("hello")
    ada.rename("ada-b")
    ada.reload()
    expect(ada.members).to_have_text(["ada-b", "bob"])
    ada.page.locator(".new-room > summary").click()
    ada.page.get_by_label("Name of the room").fill("Garden Party")
    ada.page.get_by_role("button", name="Create").click()
    ada.page.wait_for_url(f"{server.url}/chat/chat/garden-party/")
    ada.expect_connected()
    ada.composer.fill("a draft")
    ada.reload()
    expect(ada.composer).to_have_value("a draft")
    ada.page.get_by_role("link", name="lobby").click()
    ada.page.wait_for_url(f"{server.url}/chat/chat/lobby/")
    keys = ada.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert keys
    assert all(key.startswith("chatsite:/chat") for key in keys), "another chatsite on this host has values of its own"
