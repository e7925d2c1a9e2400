"""Messages as HTML rows of a room's page."""

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chat.rooms.batch_priority import BatchPriority
from chat.rooms.hub import Hub
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.views import rows as html_rows
from chat.views.avatar import AvatarSigns
from chat.wire.protocol import MessageEvent, Reaction, Reply
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


def rich(**fields: Any) -> MessageEvent:
    """A message that was edited, answers another one, and has reactions."""
    message = MessageEvent(
        id=9,
        author="a",
        username="ada",
        message="x",
        html="<p>x</p>",
        timestamp="2026-11-23T12:01:00.000Z",
        edited="2026-11-23T12:05:00.000Z",
        reply=Reply(id=4, username="bob", excerpt='a "b" <i>'),
        reactions=(Reaction(emoji="👍", count=2, people=("bob", "cy, d")),),
        rev=12,
    )
    return replace(message, **fields)


async def rendered(*messages: MessageEvent) -> str:
    return str(await html_rows.message_rows(messages, AvatarSigns(), BatchPriority()))


async def test_a_row_shows_what_happened_to_the_message_also_without_scripts() -> None:
    page = await rendered(rich())
    assert '<span class="message__edited" data-edited="2026-11-23T12:05:00.000Z">edited</span>' in page
    assert '<a class="reply-link" href="4"' in page, "relative to the room's page"
    assert "a &quot;b&quot; &lt;i&gt;</span>" in page
    assert 'data-emoji="👍" data-count="2" title="bob\ncy, d">' in page
    assert 'data-rev="12"' in page
    gone = await rendered(rich(reply=Reply(id=4, deleted=True)))
    assert "Deleted message" in gone
    assert "<a " not in gone
    assert "reactions" not in await rendered(rich(reactions=()))


async def test_a_reply_and_an_edited_message_have_a_heading_of_their_own() -> None:
    """The heading is where it says so."""
    plain = rich(reply=None, edited=None)
    rows = [plain, replace(plain, id=10), rich(id=11, reply=None), rich(id=12, edited=None), replace(plain, id=13)]
    page = await rendered(*rows)
    assert ["data-continued" in row for row in page.split("</li>")[:-1]] == [False, True, False, False, True]


async def test_a_row_with_reactions_of_its_reader_is_not_cached() -> None:
    mine = rich(reactions=(Reaction(emoji="👍", count=1, people=("ada",), mine=True),))
    html_rows._cached_row.cache_clear()
    assert "data-mine" in await rendered(mine)
    assert "data-mine" not in await rendered(rich())
    assert html_rows._cached_row.cache_info().misses == 1
