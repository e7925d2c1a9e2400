"""Messages as HTML rows of a room's page."""

import re
from pathlib import Path

import pytest

from chat.rooms.batch_priority import BatchPriority
from chat.rooms.hub import Hub
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.views import rows as html_rows
from chat.views.avatar import AvatarSigns
from chat.wire.protocol import MessageEvent
from tests.support.core.asgi_clients import HttpClient, WebSocketClient


async def test_consecutive_messages_of_one_author_share_a_heading_for_five_minutes() -> None:
    def message(number: int, author: str, time: str) -> MessageEvent:
        return MessageEvent(id=number, author=author, username=author, message="x", html="<p>x</p>", timestamp=time)

    page = await html_rows.message_rows(
        [
            message(2, "a", "2026-11-23T23:50:00.000Z"),
            message(3, "a", "2026-11-23T23:54:59.999Z"),
            message(4, "a", "2026-11-23T23:59:59.999Z"),
            message(5, "a", "2026-11-24T00:00:00.000Z"),
            message(6, "b", "2026-11-24T00:00:01.000Z"),
            message(7, "a", "2026-11-24T00:00:02.000Z"),
        ],
        AvatarSigns(),
        BatchPriority(),
    )
    rows = page.split("</li>")[:-1]
    assert ["data-continued" in row for row in rows] == [False, True, False, False, False, False]
    days = [re.search(r'"message__day">(.*)</h3>', row) for row in rows]
    assert [day and day[1] for day in days] == ["23 November 2026", None, None, "24 November 2026", None, None]


async def test_a_row_is_rendered_once_for_all_readers(hub: Hub, http_client: HttpClient) -> None:
    """Rendering the rows took most of the time of a page, and blocked the event loop meanwhile."""
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("first")
        await ada.say("second")
        await ada.say("'" * 2000)
    html_rows._cached_row.cache_clear()
    pages = [(await http_client.get("/chat/lobby/")).text for _ in range(3)]
    assert html_rows._cached_row.cache_info().misses == 2, "long rows are not cached"
    assert all(page.count('<li class="message"') == 3 for page in pages)


@pytest.mark.parametrize(
    "timestamp",
    [
        *("2026-11-23T12:00:00", "yesterday", "2026-11-23T12:00:00+02:00"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),  # not a year of UTC
    ],
)
async def test_a_message_with_an_edited_timestamp_is_shown(
    http_client: HttpClient, storage: Path, timestamp: str
) -> None:
    """An invalid timestamp made every page of its room an error."""
    log = JsonFileStore(storage).open("lobby")
    log.append([Draft(author="a", username="ada", message=text, timestamp=timestamp) for text in ("one", "two")])
    log.append([Draft(author="a", username="ada", message="three")])
    answer = await http_client.get("/chat/lobby/")
    assert answer.status == 200
    assert all(text in answer.text for text in ("one", "two", "three"))
