"""The two forms: their fields, their errors, their protection against requests from other sites."""

import json
from pathlib import Path

import pytest

from chat.entrance.identity import COOKIE, from_cookie
from chat.rooms import cached_call, directory
from chat.rooms.hub import Hub
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import file_names
from tests.support.hostile_text import SCRIPT_URL

# choose_name


async def test_the_form_stores_the_name_in_the_cookie_and_keeps_the_author(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    before = from_cookie(http_client.cookies[COOKIE].strip('"'))
    answer = await http_client.post("/name/", {"username": "  Ada  ", "next": "/chat/lobby/"})
    assert (answer.status, answer.headers["location"]) == (302, "/chat/lobby/")
    after = from_cookie(http_client.cookies[COOKIE].strip('"'))
    assert before is not None
    assert after is not None
    assert after == (before.author, "Ada")
    assert (await http_client.get("/chat/lobby/")).client_config()["you"] == {
        "author": before.author,
        "username": "Ada",
    }


async def test_a_script_gets_the_identity_as_json(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": "Ada"}, accept="application/json")
    assert answer.status == 200
    assert answer.json()["username"] == "Ada"
    assert answer.json()["author"] == from_cookie(http_client.cookies[COOKIE].strip('"')).author  # type: ignore[union-attr]


@pytest.mark.parametrize("username", ["", "   ", "x" * 33, "a\x00b", "\u202eada", "\u200b"])
async def test_an_invalid_username_is_refused_as_a_page_and_as_json(http_client: HttpClient, username: str) -> None:
    await http_client.get("/chat/lobby/")
    page = await http_client.post("/name/", {"username": username})
    assert page.status == 400
    assert "text/html" in page.headers["content-type"]
    answer = await http_client.post("/name/", {"username": username}, accept="application/json")
    assert answer.status == 400
    assert answer.json()["error"]["code"] == "invalid_name"
    assert answer.json()["error"]["retry"] is False


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        SCRIPT_URL,
        "evil.example",
        "http:evil.example",
        " //evil.example",
        "\t//evil.example",
        "",
    ],
)
async def test_the_redirect_never_leads_to_another_site(http_client: HttpClient, target: str) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": "ada", "next": target})
    assert (answer.status, answer.headers["location"]) == (302, "/")


async def test_the_redirect_cannot_inject_a_header(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": "ada", "next": "/chat/lobby/\r\nX-Evil: 1"})
    assert answer.status == 302
    assert "x-evil" not in answer.headers
    assert "\n" not in answer.headers["location"]


# create_room


async def test_a_room_is_created_by_its_name_and_entered_if_it_exists(http_client: HttpClient, storage: Path) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/chat/", {"name": " Büro  Köln! "})
    assert (answer.status, answer.headers["location"]) == (302, "/chat/buro-koln/")
    assert json.loads((storage / "buro-koln.json").read_text())[0]["name"] == "Büro Köln!"
    page = await http_client.get("/chat/buro-koln/")
    assert page.text.count("Büro Köln!") >= 2
    again = await http_client.post("/chat/", {"name": "BÜRO köln!"}, accept="application/json")
    assert again.status == 200
    assert again.json() == {"room": "buro-koln", "name": "Büro Köln!", "url": "/chat/buro-koln/"}


@pytest.mark.parametrize(("first", "second"), [("C++", "C#"), ("A & B", "A/B"), ("日本語", "ri ben yu")])
async def test_two_names_never_meet_silently_in_one_address(
    http_client: HttpClient, storage: Path, first: str, second: str
) -> None:
    """Regression: the second name led into the room of the first, and its people were among strangers."""
    await http_client.get("/chat/lobby/")
    made = (await http_client.post("/chat/", {"name": first}, accept="application/json")).json()
    answer = await http_client.post("/chat/", {"name": second}, accept="application/json")
    assert answer.status == 409
    question = answer.json()
    assert (question["error"]["code"], question["other"], question["free"]) == (
        "address_taken",
        made,
        made["room"] + "-2",
    )
    assert first in question["error"]["detail"]
    page = await http_client.post("/chat/", {"name": second})
    assert page.status == 409
    assert f'href="{made["url"]}"' in page.text
    assert f'name="room" value="{made["room"]}-2"' in page.text
    assert len([name for name in file_names(storage) if name.endswith(".json")]) == 1
    redirect = await http_client.post("/chat/", {"name": second, "room": made["room"] + "-2"})
    assert (redirect.status, redirect.headers["location"]) == (302, made["url"][:-1] + "-2/")
    again = await http_client.post("/chat/", {"name": second.upper()}, accept="application/json")
    assert (again.status, again.json()["url"], again.json()["name"]) == (200, made["url"][:-1] + "-2/", second)


async def test_a_chosen_address_is_checked_like_every_other(http_client: HttpClient, hub: Hub) -> None:
    await hub.directory.create("garden", "Garden")
    await hub.directory.create("green", "Studio")
    await http_client.get("/chat/lobby/")
    for room, status in [
        ("garden", 409),
        ("lobby", 409),
        ("studio", 409),
        ("No Slug", 404),
        ("../x", 404),
        ("zoo-2", 201),
    ]:
        answer = await http_client.post("/chat/", {"name": "Zoo", "room": room}, accept="application/json")
        assert answer.status == status, room
    assert answer.json() == {"room": "zoo-2", "name": "Zoo", "url": "/chat/zoo-2/"}


async def test_the_address_that_is_the_name_of_a_room_elsewhere_makes_no_other_room(
    http_client: HttpClient, hub: Hub
) -> None:
    """Somebody writes at /chat/studio/, which is free, while the room Studio has another address."""
    await hub.directory.create("green", "Studio")
    await http_client.get("/chat/studio/")
    answer = await http_client.post("/chat/studio/message/", {"message": "hi", "username": "ada"})
    assert answer.status == 400
    assert "The room “Studio” has another address: green." in answer.text
    assert [row.room for row in await hub.directory.rooms()] == ["lobby", "green"]


@pytest.mark.parametrize("name", ["", "🎉", "../..", "x" * 65, "a\x00b"])
async def test_an_invalid_name_creates_no_room(http_client: HttpClient, storage: Path, name: str) -> None:
    await http_client.get("/chat/lobby/")
    page = await http_client.post("/chat/", {"name": name})
    assert page.status == 400
    answer = await http_client.post("/chat/", {"name": name}, accept="application/json")
    assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid_name")
    assert not [file for file in file_names(storage) if file.endswith(".json")]


# Forged and malformed requests


@pytest.mark.parametrize("path", ["/name/", "/chat/"])
async def test_a_form_without_its_csrf_token_is_refused(http_client: HttpClient, path: str) -> None:
    await http_client.get("/chat/lobby/")
    page = await http_client.post(path, {"username": "ada", "name": "ada"}, token=False)
    assert page.status == 403
    assert "text/html" in page.headers["content-type"]
    answer = await http_client.post(path, {"username": "ada", "name": "ada"}, token=False, accept="application/json")
    assert (answer.status, answer.json()["error"]["code"]) == (403, "csrf")
    http_client.cookies.clear()
    assert (await http_client.post(path, {"username": "ada", "name": "ada"})).status == 403
    assert not [line for line in answer.cookies if line.startswith(COOKIE)]


async def test_the_csrf_token_may_be_a_field_as_in_a_page_without_scripts(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    fields = {"username": "ada", "csrfmiddlewaretoken": http_client.token}
    assert (await http_client.post("/name/", fields, token=False)).status == 302


@pytest.mark.parametrize(
    ("path", "page"),
    [("/name/", "/"), ("/chat/", "/"), ("/chat/garden/message/", "/chat/garden/")],
)
async def test_who_opens_the_address_of_a_form_is_led_to_its_page(
    http_client: HttpClient, path: str, page: str
) -> None:
    """Regression: `/chat/` is what people type, and was an empty page with the status 405."""
    answer = await http_client.get(path)
    assert (answer.status, answer.headers["location"]) == (302, page)
    assert (await http_client.request("HEAD", path)).status == 302
    assert (await http_client.request("PUT", path, {"x-csrftoken": http_client.token})).status in {403, 405}


async def test_a_form_that_is_too_large_or_malformed_is_refused(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    many = {f"f{number}": "x" for number in range(50)}
    assert (await http_client.post("/name/", {"username": "ada", **many})).status == 400
    large = {"username": "ada", "next": "x" * 100_000}
    assert (await http_client.post("/name/", large)).status in {400, 413}
    answer = await http_client.request(
        "POST",
        "/name/",
        {"content-type": "multipart/form-data; boundary=x", "x-csrftoken": http_client.token},
        b"--y\r\nnonsense",
    )
    assert answer.status == 400


@pytest.mark.parametrize("name", ["Iobby", "LOBBY", "ⅼobby", "1obby", "Gаrden", "garden"])
async def test_a_room_that_looks_like_another_is_not_made(http_client: HttpClient, hub: Hub, name: str) -> None:
    """Regression: `Iobby` stood beside `lobby` in the list of rooms."""
    await hub.directory.create("garden", "Garden")
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/chat/", {"name": name}, accept="application/json")
    if answer.status == 200:
        assert answer.json()["room"] in {"lobby", "garden"}, "the same name in another case"
    else:
        assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid_name")
        assert "the name of another room" in answer.json()["error"]["detail"]
    assert len(await hub.directory.rooms()) == 2


@pytest.mark.parametrize("name", ["lobby", "LOBBY", "Iobby"])
async def test_the_address_of_a_room_that_was_renamed_is_the_name_of_no_other_room(
    http_client: HttpClient, hub: Hub, storage: Path, name: str
) -> None:
    """The lobby was given another name, and somebody made a room called lobby at another address."""
    JsonFileStore(storage).append("lobby", [Draft(type="room_name", author="a", username="ada", name="The Hall")])
    await http_client.get("/chat/lobby/")
    for fields in ({"name": name}, {"name": name, "room": "lobby-2"}):
        answer = await http_client.post("/chat/", fields, accept="application/json")
        assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid_name")
    assert [row.room for row in await hub.directory.rooms()] == ["lobby"]


async def test_a_room_may_be_called_as_its_address_whoever_has_taken_that(
    http_client: HttpClient, hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the form and by the socket; the other room, which has the name from an earlier version, may not again."""
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", 0)
    monkeypatch.setattr(cached_call, "IDLE_FACTOR", 0)
    store = JsonFileStore(storage)
    store.append("lobby", [Draft(type="room_name", author="a", username="ada", name="The Hall")])
    store.create("lobby-2", "lobby")
    await http_client.get("/chat/lobby/")
    await http_client.post("/name/", {"username": "ada"})
    assert (await http_client.post("/chat/lobby/title/", {"name": "Lobby"})).status == 302
    async with WebSocketClient(hub, "lobby-2", username="bob") as bob:
        await bob.send(type="room_name", name="Yard", client_id="n-1")
        assert (await bob.receive("room_name"))["name"] == "Yard"
        await bob.send(type="room_name", name="Lobby", client_id="n-2")
        assert (await bob.receive("error"))["code"] == "invalid_name"
    async with WebSocketClient(hub, "lobby", username="bob") as bob:
        for name in ("The Hall", "lobby"):
            await bob.send(type="room_name", name=name, client_id=name)
            assert (await bob.receive("room_name"))["name"] == name
