"""The language of pages, errors and log lines: what the client asks for, and English for programs and owners."""

import asyncio
import json
import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from chat.entrance.language import language_of
from chat.rooms.hub import Hub
from chat.rooms.storage_errors import error_for
from chat.storage import StorageFull
from chat.views.translations import client_translations
from chat.wire import protocol
from chat.wire.errors import ErrorCode, ProtocolError
from tests.support.core.asgi_clients import HOST, HttpClient, WebSocketClient
from tests.support.core.doubles import RecordingWriter
from tests.support.core.room_actions import ADA, open_room
from tests.support.live_server import PROJECT

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "de"}, "de"),
        (GERMAN, "de"),
        ({"accept-language": "fr, de;q=0.5"}, "de"),
        ({"accept-language": "fr"}, "en"),
        ({"accept-language": "en-GB, de"}, "en"),
        ({"accept-language": "*"}, "en"),
        ({"accept-language": ";;q=,\u00ff"}, "en"),
        ({"accept-language": "en", "cookie": "chatsite_language=de; other=1"}, "de"),
        ({"accept-language": "de", "cookie": "chatsite_language=xx"}, "de"),
    ],
)
async def test_a_page_and_a_connection_have_the_language_that_the_client_asks_for(
    http_client: HttpClient, headers: dict[str, str], language: str
) -> None:
    page = await http_client.request("GET", "/chat/lobby/", headers)
    assert f'<html lang="{language}" ' in page.text
    assert page.headers["content-language"] == language
    assert "accept-language" in page.headers["vary"].lower()
    assert language_of((name.encode(), value.encode("latin1")) for name, value in headers.items()) == language


async def test_readers_of_two_languages_do_not_get_each_others_cached_rows(hub: Hub, http_client: HttpClient) -> None:
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("Hello")
    german = await http_client.request("GET", "/chat/lobby/", GERMAN)
    english = await http_client.get("/chat/lobby/")
    again = await http_client.request("GET", "/chat/lobby/", GERMAN)
    assert _row(german.text) == _row(again.text) != _row(english.text)


async def test_the_page_brings_the_texts_of_its_scripts_in_its_language_only(http_client: HttpClient) -> None:
    assert "chat-translations" not in (await http_client.get("/chat/lobby/")).text
    assert client_translations("en") == ""
    german = await http_client.request("GET", "/chat/lobby/", GERMAN)
    assert client_translations("de") in german.text


async def test_the_pages_that_a_browser_keeps_are_made_anew_for_another_language(http_client: HttpClient) -> None:
    workers = [(await http_client.request("GET", reverse("service-worker"), headers)).text for headers in ({}, GERMAN)]
    assert workers[0] != workers[1]


async def test_an_error_page_and_its_json_are_translated(http_client: HttpClient) -> None:
    page = await http_client.request("GET", "/nothing", GERMAN)
    assert "Seite nicht gefunden" in page.text
    program = await http_client.request("GET", "/nothing", {"accept": "application/json"})
    assert program.json()["error"]["detail"] == "There is nothing at this address. Rooms are listed in the lobby."


async def test_a_refused_host_is_explained_in_the_language_of_the_visitor(hub: Hub) -> None:
    page = await HttpClient(hub, host="chat.example.org").request("GET", "/", GERMAN)
    assert page.status == 400
    assert "Unbekannter Hostname" in page.text


async def test_errors_on_a_websocket_have_the_language_of_the_connection(hub: Hub) -> None:
    headers = [HOST, (b"accept-language", b"de")]
    async with (
        WebSocketClient(hub, headers=headers, username="ada") as ada,
        WebSocketClient(hub, username="bob") as bob,
    ):
        german, english = await ada.say(" "), await bob.say(" ")
    assert german["detail"] == "Eine Nachricht braucht mindestens ein sichtbares Zeichen."
    assert english["detail"] == "A message needs at least one character that can be seen."


async def test_a_message_that_was_not_stored_is_explained_in_the_language_of_its_sender(hub: Hub) -> None:
    """The batch is written by a task of whoever was first: its language must not decide."""
    room = await open_room(hub, "lobby")
    english, german = RecordingWriter(), RecordingWriter()
    for writer, language in ((english, "en"), (german, "de")):
        connection = await room.join(writer, ADA, None, language=language)
        with translation.override("de"):
            await asyncio.create_task(_send_error(connection))
    assert "right now" in english.answers[-1]["detail"]
    assert "gerade" in german.answers[-1]["detail"]


async def _send_error(connection: object) -> None:
    connection.send_error(ProtocolError(ErrorCode.STORAGE_UNAVAILABLE))  # type: ignore[attr-defined]


def test_the_numbers_in_an_error_are_written_as_in_its_language() -> None:
    error = ProtocolError(ErrorCode.RATE_LIMITED, seconds=1.5)
    assert "1.5 seconds" in protocol.error_frame(error).detail
    assert "1,5 Sekunden" in protocol.error_frame(error, "de").detail


def _row(html: str) -> str:
    start = html.index('<li class="message"')
    return html[start : html.index("</li>", start)]


def test_every_language_can_be_chosen_in_the_settings() -> None:
    fields = (PROJECT / "static/chat/model/settings.js").read_text()
    (choices,) = re.findall(r"\blanguage: choice\(.*?\(\[(.*?)\]\)\)", fields)
    assert json.loads(f"[{choices}]") == ["browser", *(code for code, _ in settings.LANGUAGES)]


def test_a_full_room_is_explained_in_german_and_the_text_for_its_owner_stays_english() -> None:
    error = StorageFull("lobby", gettext_lazy("this room has grown to its limit"))
    with translation.override("de"):
        assert str(error) == "lobby: this room has grown to its limit"
        assert str(StorageFull("lobby", gettext_lazy("this room has grown to its limit"))) == str(error)
        assert "so groß, wie er werden darf" in error_for(error).detail
