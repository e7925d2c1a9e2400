"""`/chat/<room>/<id>`: the page around a message, without scripts too, and what it says when the message is gone."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from chat.rooms.moments import first_since
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.chat.views.test_history_pages import link, numbers, read_along, write
from tests.support.core.asgi_clients import HttpClient

GONE = "There is no message at this address."


def linked(page: str) -> list[str]:
    return re.findall(r'<li class="message" id="message-(\d+)"[^>]* data-linked aria-current="true"', page)


async def test_a_message_is_shown_between_half_a_page_before_and_half_a_page_behind(
    storage: Path, http_client: HttpClient
) -> None:
    write(storage, 120)
    page = await http_client.get("/chat/lobby/42")  # of number 40
    assert page.status == 200
    assert numbers(page.text) == list(range(15, 66))
    assert linked(page.text) == ["42"]
    assert "/chat/main." not in page.text
    older = await read_along(http_client, "Older messages", link(page.text, "Older messages") or "")
    newer = await read_along(http_client, "Newer messages", link(page.text, "Newer messages") or "")
    read = [*reversed(older), numbers(page.text), *newer]
    assert [number for each in read for number in each] == list(range(120))


async def test_a_message_of_the_newest_page_is_shown_in_the_live_page(storage: Path, http_client: HttpClient) -> None:
    write(storage, 120)
    page = await http_client.get("/chat/lobby/110")
    assert (page.status, linked(page.text)) == (200, ["110"])
    assert "/chat/main." in page.text
    assert numbers(page.text) == list(range(70, 120))
    assert linked((await http_client.get("/chat/lobby/")).text) == [], "a row in the cache is of one page"


@pytest.mark.parametrize(("message_id", "shown"), [(1, range(0, 25)), (40, range(23, 48)), (500, range(95, 120))])
async def test_a_message_that_is_gone_is_a_404_with_what_is_around_its_place(
    storage: Path, http_client: HttpClient, message_id: int, shown: range
) -> None:
    """Before everything, removed by a clear in between (here: an import without it), and never there."""
    drafts = [Draft(author="a", username="ada", message=f"message {n}") for n in range(120)]
    log = JsonFileStore(storage).open("lobby")
    ids = [number for number in range(2, 200) if number != 40]
    log.append(
        [
            Draft(author="a", username="ada", message=draft.message, id=number, timestamp="2026-11-23T12:00:00.000Z")
            for draft, number in zip(drafts, ids, strict=False)
        ]
    )
    page = await http_client.get(f"/chat/lobby/{message_id}")
    assert (page.status, linked(page.text)) == (404, [])
    assert GONE in page.text
    assert set(numbers(page.text)) >= set(shown)
    assert link(page.text, "Newest messages") == "/chat/lobby/"


async def test_an_empty_room_has_no_message_either(http_client: HttpClient) -> None:
    page = await http_client.get("/chat/garden/7")
    assert (page.status, GONE in page.text) == (404, True)


async def test_cleared_messages_are_gone(storage: Path, http_client: HttpClient) -> None:
    write(storage, 10)
    with_log = JsonFileStore(storage).open("lobby")
    with_log.clear(6)
    page = await http_client.get("/chat/lobby/4")
    assert (page.status, numbers(page.text)) == (404, [5, 6, 7, 8, 9])


@pytest.mark.parametrize("path", ["/chat/lobby/9007199254740992", "/chat/lobby/x", "/chat/lobby/-1", "/chat/lobby/1e3"])
async def test_what_is_no_id_is_no_page(http_client: HttpClient, path: str) -> None:
    assert (await http_client.get(path)).status == 404


# Go to a date


def write_days(storage: Path, *days: int) -> None:
    JsonFileStore(storage).open("lobby").append(
        [
            Draft(
                author="a",
                username="ada",
                message=f"message {number}",
                id=2 * number + 10,
                timestamp=f"2026-11-{day:02}T12:00:00.000Z",
            )
            for number, day in enumerate(days)
        ]
    )


@pytest.mark.parametrize(
    ("date", "location"),
    [
        ("2026-11-01", "/chat/lobby/10"),
        ("2026-11-03", "/chat/lobby/12"),
        ("2026-11-04", "/chat/lobby/16"),
        ("2026-11-09T13:00:00+01:00", "/chat/lobby/18"),
        ("2026-11-09T13:00:00.001%2B01:00", "/chat/lobby/"),
        ("2026-12-01", "/chat/lobby/"),
    ],
)
async def test_a_date_leads_to_the_first_message_since(
    storage: Path, http_client: HttpClient, date: str, location: str
) -> None:
    write_days(storage, 1, 3, 3, 8, 9)
    answer = await http_client.get(f"/chat/lobby/?date={date}")
    assert (answer.status, answer.headers["location"]) == (302, location)


async def test_what_is_no_date_is_said_to_be_wrong_and_not_the_room(http_client: HttpClient) -> None:
    answer = await http_client.get("/chat/lobby/?date=nonsense")
    assert answer.status == 400
    assert '<h1 class="error__title">That did not work</h1>' in answer.text
    assert "`date` is no date such as 2026-11-23" in answer.text


def test_a_date_in_front_of_many_reactions_is_found_with_few_reads(
    storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: every reaction up to the next message was read, in the thread that stores the room's messages."""
    log = JsonFileStore(storage).open("lobby")
    log.append([Draft(author="a", username="ada", message="old", timestamp="2026-11-01T12:00:00.000Z")])
    reaction = Draft(type="reaction", author="a", username="ada", target=2, emoji="👋", on=True)
    log.append([structs.replace(reaction, author=str(number)) for number in range(1000)])
    log.append([Draft(author="a", username="ada", message="new")])
    reads: list[dict[str, int]] = []
    for name in ("page", "items"):
        read = getattr(log, name)
        monkeypatch.setattr(log, name, lambda read=read, **where: reads.append(where) or read(**where))
    assert first_since(log, datetime(2026, 11, 2, tzinfo=UTC)) == log.last_id
    assert len(reads) < 15
    log.close()


async def test_a_date_among_times_out_of_order_leads_to_a_message_since_that_follows_an_earlier_one(
    storage: Path, http_client: HttpClient
) -> None:
    """Older messages were imported behind newer ones."""
    write_days(storage, 7, 8, 9, 1, 2, 3, 10)
    answer = await http_client.get("/chat/lobby/?date=2026-11-03")
    assert answer.headers["location"] in {"/chat/lobby/10", "/chat/lobby/20"}


@pytest.mark.parametrize("date", ["tomorrow", "2026-13-01", "0", "9999999"])
async def test_what_is_no_date_is_a_page_that_says_so(http_client: HttpClient, date: str) -> None:
    answer = await http_client.get(f"/chat/lobby/?date={date}")
    assert answer.status == 400
    assert "`date` is no date" in answer.text


async def test_the_form_for_a_date_is_on_every_page(storage: Path, http_client: HttpClient) -> None:
    write(storage, 60)
    for path in ("/chat/lobby/", "/chat/lobby/?before=12", "/chat/lobby/5", "/chat/empty/"):
        assert 'name="date" type="date"' in (await http_client.get(path)).text


# Deletes, edits and compactions


async def test_the_address_of_a_message_outlives_edits_and_a_compaction_and_not_its_delete(
    storage: Path, http_client: HttpClient
) -> None:
    write(storage, 120)
    ada = {"author": "a", "username": "ada"}
    log = JsonFileStore(storage).open("lobby")
    log.append([Draft(**ada, type="edit", target=42, message=f"message {text}") for text in ("40000", "4000")])
    log.append([Draft(**ada, type="delete", target=43)])
    for _ in range(2):
        page = await http_client.get("/chat/lobby/42")
        assert (page.status, linked(page.text)) == (200, ["42"])
        assert numbers(page.text) == [*range(15, 40), 4000, *range(42, 67)]
        gone = await http_client.get("/chat/lobby/43")
        assert (gone.status, GONE in gone.text) == (404, True)
        assert 41 not in numbers(gone.text)
        assert {4000, 42} <= set(numbers(gone.text))
        log.compact()
