"""The whole corpus in an HTML export, opened from the owner's own disk: with its policy, and by its escaping alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from chat.storage import Draft
from tests.browser.conftest import OpenPage
from tests.browser.hostile.conftest import EVERY_MARK, KINDS, STIR
from tests.support.browser.owner_commands import manage
from tests.support.browser.page_monitor import Faults
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Held
from tests.support.hostile_text import batches, payloads

ROOM = 300  # messages in each
POLICY = '<meta http-equiv="Content-Security-Policy"'


@pytest.mark.promise
def test_nothing_hostile_fires_from_an_export(tmp_path: Path, open_page: OpenPage, faults: Faults, held: Held) -> None:
    harmless = kinds(open_page(), faults, export(tmp_path / "harmless", [[EVERY_MARK] * 3] * 2))
    hostile = export(tmp_path / "hostile", batches(payloads(), ROOM))
    for file in (hostile, without_its_policy(hostile)):
        page = open_page()
        assert kinds(page, faults, file) - harmless == set()
        assert sorted(page.locator("article .name").all_text_contents()) == sorted(payloads())
        held("hostile payloads in Chromium", len(payloads()))


def export(folder: Path, rooms: Sequence[Sequence[str]]) -> Path:
    """Rooms named by their first messages, and every text as all that a record holds."""
    stored, file = Rooms(folder), folder.with_suffix(".html")
    for number, texts in enumerate(rooms):
        stored.store.create(f"room-{number}", texts[0])
        drafts = [Draft(author=text, username=text, message=text, client_id=text, timestamp=text) for text in texts]
        stored.append(f"room-{number}", drafts)
    manage(stored, "export_history", "--format", "html", "-o", str(file))
    return file


def without_its_policy(file: Path) -> Path:
    html = file.read_text()
    assert html.count(POLICY) == 1
    changed = file.with_stem("without")
    changed.write_text(html.replace(POLICY, "<meta"))
    return changed


def kinds(page: Page, faults: Faults, file: Path) -> set[str]:
    """Every kind of tag and attribute on the page, after some stirring."""
    faults.confine(page, file.as_uri())
    page.goto(file.as_uri())
    page.evaluate(STIR)
    return set(page.evaluate(KINDS))
