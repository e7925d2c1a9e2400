"""The corpus in an HTML export that is opened as a local file: with its policy, and with its escaping alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from chat.storage import Draft
from tests.browser.conftest import OpenPage
from tests.browser.hostile.conftest import ALL_MARKUP, DISPATCH_EVENTS, TAGS_AND_ATTRIBUTES
from tests.support.browser.owner_commands import run_command
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Tally
from tests.support.hostile_text import batches, payloads

MESSAGES_PER_ROOM = 300
POLICY = '<meta http-equiv="Content-Security-Policy"'


@pytest.mark.promise
def test_payloads_in_an_export_stay_text(
    tmp_path: Path, open_page: OpenPage, monitor: PageMonitor, tally: Tally
) -> None:
    harmless = tags_and_attributes(open_page(), monitor, export(tmp_path / "harmless", [[ALL_MARKUP] * 3] * 2))
    hostile = export(tmp_path / "hostile", batches(payloads(), MESSAGES_PER_ROOM))
    for file in (hostile, without_policy(hostile)):
        page = open_page()
        assert tags_and_attributes(page, monitor, file) - harmless == set()
        assert sorted(page.locator("article .name").all_text_contents()) == sorted(payloads())
        tally("hostile payloads in Chromium", len(payloads()))


def export(folder: Path, rooms: Sequence[Sequence[str]]) -> Path:
    """An export of rooms that have their first message as name, and records with the text in every field."""
    stored, file = Rooms(folder), folder.with_suffix(".html")
    for number, texts in enumerate(rooms):
        stored.store.create(f"room-{number}", texts[0])
        drafts = [Draft(author=text, username=text, message=text, client_id=text, timestamp=text) for text in texts]
        stored.append(f"room-{number}", drafts)
    run_command(stored, "export_history", "--format", "html", "-o", str(file))
    return file


def without_policy(file: Path) -> Path:
    html = file.read_text()
    assert html.count(POLICY) == 1
    changed = file.with_stem("without")
    changed.write_text(html.replace(POLICY, "<meta"))
    return changed


def tags_and_attributes(page: Page, monitor: PageMonitor, file: Path) -> set[str]:
    """Every kind of tag and attribute on the page, after events have been dispatched."""
    monitor.confine(page, file.as_uri())
    page.goto(file.as_uri())
    page.evaluate(DISPATCH_EVENTS)
    return set(page.evaluate(TAGS_AND_ATTRIBUTES))
