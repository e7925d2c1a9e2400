"""Two text browsers read all history and post messages. They know neither scripts nor styles nor `hidden`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.browser.text_browsers import TextBrowser, dump
from tests.support.live_server import LiveServer

NEEDED = ("w3m", "lynx", "tmux")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason=f"needs Debian's packages {', '.join(NEEDED)}"
)
both = pytest.mark.parametrize("browser", ["w3m", "lynx"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    storage = tmp_path_factory.mktemp("text-browsers") / "storage"
    with LiveServer(storage, "serve") as server:
        drafts = [Draft(author="a", username="ada", message=f"message *{number}*") for number in range(60)]
        JsonFileStore(storage).open("lobby").append(drafts)
        yield server


@both
def test_a_page_shows_what_is_true_and_nothing_that_needs_scripts(
    server: LiveServer, tmp_path: Path, browser: str
) -> None:
    """Regression: "Nothing said here yet." above fifty messages, "new messages" beside every room, two name forms."""
    text = dump(browser, f"{server.url}/chat/lobby/", tmp_path)
    assert "message 10 " in text
    assert "message 59" in text
    assert "UTC" in text
    assert "Older messages" in text
    assert text.count("What should people call you?") == 1
    for untrue in ("Nothing said", "new messages", " site ", "Try now", "Cancel", "Discard", "Newest", "Close"):
        assert untrue not in text, untrue
    assert "message 59" not in dump(browser, f"{server.url}/chat/lobby/?before=12", tmp_path)
    empty = dump(browser, f"{server.url}/chat/empty/", tmp_path)
    assert "Nothing said here yet." in empty
    assert f"{server.url}/chat/empty/" in empty, "the address to share"


def fill_in_w3m(page: TextBrowser, text: str) -> None:
    page.press("Enter")
    page.wait_for("TEXT:").type(text)
    page.press("Enter")


def test_w3m_joins_and_posts(server: LiveServer, tmp_path: Path) -> None:
    """Regression: a composer that threw away what was typed, and a name form that was refused for ever."""
    with TextBrowser("w3m", f"{server.url}/chat/w3m/", tmp_path, editor_text="typed in *w3m*") as page:
        page.go_to("What should people call you?")
        fill_in_w3m(page, "wilma")
        page.press_tab()
        page.press("Enter")
        page.go_to("Your name")
        page.press_tab()
        page.press("Enter")  # opens the editor
        page.wait_for("typed in *w3m*").press_tab()
        page.press("Enter")
        page.wait_for("typed in w3m")
        page.wait_for("wilma")
    assert "typed in w3m" in dump("w3m", f"{server.url}/chat/w3m/", tmp_path)


def test_lynx_joins_and_posts(server: LiveServer, tmp_path: Path) -> None:
    with TextBrowser("lynx", f"{server.url}/chat/lynx/", tmp_path) as page:
        page.go_to("What should people call you?")
        page.type("linus")
        page.press_tab()
        page.press("Enter")
        page.go_to("Your name")
        page.press_tab()
        page.type("typed in *lynx*")
        page.press_tab()
        page.press("Enter")
        page.wait_for("typed in lynx")
        page.wait_for("linus")
    assert "typed in lynx" in dump("lynx", f"{server.url}/chat/lynx/", tmp_path)
