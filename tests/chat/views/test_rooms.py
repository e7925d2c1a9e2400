"""The page with all rooms: what the side bar does not list can be reached by links, without a script."""

import re

from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import HttpClient


def linked(text: str) -> list[str]:
    return re.findall(r'class="room-link" href="/chat/([^/]+)/"', text)


def link_to(text: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
    return "/rooms/" + found[1].replace("&amp;", "&") if found else ""


async def test_every_room_is_on_one_of_the_pages(hub: Hub, http_client: HttpClient) -> None:
    names = {f"room-{number:03}" for number in range(230)}
    for name in names:
        hub.directory._store.create(name, name)  # type: ignore[attr-defined]
    address, seen, pages = "/rooms/", [], 0
    while address:
        answer = await http_client.get(address)
        assert answer.status == 200
        seen += linked(answer.text)
        pages += 1
        address = link_to(answer.text, "next")
    assert pages == 3
    assert sorted(seen) == sorted({"lobby", *names})
    assert "Rooms 201 to 231 of 231" in answer.text
    back = await http_client.get(link_to(answer.text, "prev"))
    assert "Rooms 101 to 200 of 231" in back.text


async def test_a_part_of_the_name_finds_rooms_in_any_case_also_over_pages(hub: Hub, http_client: HttpClient) -> None:
    for number in range(120):
        hub.directory._store.create(f"tea-{number:03}", f"Tea & Cake {number:03}")
    hub.directory._store.create("coffee", "Coffee")
    answer = await http_client.get("/rooms/?q=tea+%26")
    assert "Rooms 1 to 100 of 120" in answer.text
    assert 'value="tea &amp;"' in answer.text
    following = await http_client.get(link_to(answer.text, "next"))
    assert "Rooms 101 to 120 of 120" in following.text
    assert "coffee" not in linked(answer.text + following.text)


async def test_an_odd_query_string_is_a_page_all_the_same(hub: Hub, http_client: HttpClient) -> None:
    for query in ("q=%3Cx-mark%3E", "q=" + "x" * 500, "from=-1", "from=999999999", "from=" + "9" * 40, "from=%C2%B2"):
        answer = await http_client.get(f"/rooms/?{query}")
        assert answer.status == 200, query
        assert "<x-mark" not in answer.text
    assert linked((await http_client.get("/rooms/?from=x")).text) == ["lobby"]
