"""Every frame of the server that the documentation shows is, byte for byte, what the server sends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.conf import load
from chat.entrance.limits import ACTIONS, AddressLimiter, ConnectionLimiter
from chat.rooms.storage_errors import error_for
from chat.storage import Draft, RoomDamaged, StorageForbidden, StorageFull, StorageUnavailable
from chat.storage.json_files.store import JsonFileStore
from chat.text import markup
from chat.wire import commands, protocol
from chat.wire.errors import ErrorCode, ProtocolError
from tests.docs.test_docs import HTTP_API, blocks
from tests.support.core.wire_frames import examples, to_server_frame

FROM_SERVER = examples("server")
ERRORS = {name: frame for name, frame in FROM_SERVER.items() if frame["type"] == "error"}


def compact(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("frame", FROM_SERVER.values(), ids=FROM_SERVER.keys())
def test_a_frame_is_encoded_as_the_server_would(frame: dict[str, Any]) -> None:
    assert protocol.encode(to_server_frame(frame)) == compact(frame)


def shown_messages() -> list[dict[str, Any]]:
    """Every message in the fixture, in its pages, and in the examples of the HTTP API."""
    answers = [json.loads(block) for block in blocks(HTTP_API, "json")]
    events = [event for holder in [*FROM_SERVER.values(), *answers] for event in holder.get("events", [holder])]
    return [event for event in events if "html" in event]


def test_the_html_of_every_message_is_what_markup_makes_of_its_text() -> None:
    messages = shown_messages()
    assert messages
    assert [event["html"] for event in messages] == [markup.render(event["message"]) for event in messages]


# Errors: each is made where the server makes it, as far as that can be done without one


def post(message: str) -> str:
    return json.dumps({"type": "message", "message": message, "client_id": "c-3"})


def read(text: str) -> None:
    commands.decode(text, max_message=4000)


def speak_too_fast() -> None:
    conf = load({"CHAT_RATE": "10", "CHAT_RATE_BURST": "1"})
    limiter = ConnectionLimiter(conf, AddressLimiter("a", conf))
    limiter.consume(ACTIONS, 1.0)
    limiter.consume(ACTIONS, 1.0, "c-3")


def answer(code: ErrorCode, **fields: Any) -> Callable[[], None]:
    def give() -> None:
        raise ProtocolError(code, **fields)

    return give


def refuse(error: Exception) -> Callable[[], None]:
    def give() -> None:
        raise error_for(error, "c-3")

    return give


MADE: dict[ErrorCode, Callable[[], None]] = {
    ErrorCode.INVALID_JSON: lambda: read("hello"),
    ErrorCode.INVALID_FRAME: lambda: read("[]"),
    ErrorCode.UNKNOWN_TYPE: lambda: read('{"type":"shout"}'),
    ErrorCode.INVALID_FIELD: lambda: read('{"type":"history","before":"18"}'),
    ErrorCode.EMPTY_MESSAGE: lambda: read(post(" ")),
    ErrorCode.MESSAGE_TOO_LONG: lambda: read(post("x" * 4001)),
    ErrorCode.INVALID_TEXT: lambda: read(post("\a")),
    ErrorCode.INVALID_NAME: lambda: read('{"type":"rename","username":"\u0301"}'),
    ErrorCode.INVALID_ROOM: answer(ErrorCode.INVALID_ROOM),
    ErrorCode.INVALID_QUERY: answer(ErrorCode.INVALID_QUERY, reason="since is the id of an event"),
    ErrorCode.INVALID_SEARCH: answer(ErrorCode.INVALID_SEARCH, reason="There is nothing to search for."),
    ErrorCode.NOT_FOUND: answer(ErrorCode.NOT_FOUND, id=999, client_id="c-3"),
    ErrorCode.NOT_ALLOWED: answer(ErrorCode.NOT_ALLOWED, client_id="c-4"),
    ErrorCode.INVALID_EMOJI: lambda: read('{"type":"react","id":18,"emoji":"x","on":true,"client_id":"c-6"}'),
    ErrorCode.TOO_MANY_REACTIONS: answer(ErrorCode.TOO_MANY_REACTIONS, most=20, own=10, client_id="c-6"),
    ErrorCode.RATE_LIMITED: speak_too_fast,
    ErrorCode.TOO_MANY_CONNECTIONS: answer(ErrorCode.TOO_MANY_CONNECTIONS, count=1000),
    ErrorCode.STORAGE_FORBIDDEN: refuse(
        StorageForbidden(
            "lobby",
            "Permission denied: lobby.json belongs to root with mode 0600, and chatsite runs as chatsite; "
            "`chown chatsite lobby.json`",
        )
    ),
    ErrorCode.STORAGE_FULL: refuse(StorageFull("lobby", "this room has grown to its limit")),
    ErrorCode.STORAGE_UNAVAILABLE: refuse(StorageUnavailable("lobby", "No space left on device")),
    ErrorCode.TOO_MANY_BAD_FRAMES: answer(ErrorCode.TOO_MANY_BAD_FRAMES),
    ErrorCode.GOING_AWAY: answer(ErrorCode.GOING_AWAY, client_id="c-3", retry_after=1.0),
    ErrorCode.ROOM_REMOVED: answer(ErrorCode.ROOM_REMOVED),
}


@pytest.mark.parametrize("code", MADE)
def test_an_error_is_worded_as_the_server_words_it(code: ErrorCode) -> None:
    with pytest.raises(ProtocolError) as caught:
        MADE[code]()
    assert protocol.encode(protocol.error_frame(caught.value)) == compact(ERRORS[f"error_{code}"])


def test_a_file_that_is_no_rooms_is_refused_in_the_words_of_the_documentation(tmp_path: Path) -> None:
    (tmp_path / "lobby.json").write_text('{"somebody": "else"}')
    with pytest.raises(Exception, match="line 1") as caught:
        JsonFileStore(tmp_path).open("lobby")
    assert protocol.encode(protocol.error_frame(error_for(caught.value))) == compact(ERRORS["error_refused"])


def test_a_damaged_room_refuses_to_be_written_in_the_words_of_the_documentation(tmp_path: Path) -> None:
    log = JsonFileStore(tmp_path).open("lobby")
    log.append([Draft(author="a", username="ada", message=f"number {line}") for line in range(3, 9)])
    log.close()
    path = tmp_path / "lobby.json"
    path.write_text(path.read_text().replace("number 7", "number 0"))
    with pytest.raises(RoomDamaged) as caught:
        JsonFileStore(tmp_path).open("lobby").append([Draft(author="a", username="ada", message="hi")])
    assert protocol.encode(protocol.error_frame(error_for(caught.value, "c-3"))) == compact(
        ERRORS["error_room_damaged"]
    )


def test_every_error_of_the_documentation_is_checked_here() -> None:
    assert {f"error_{code}" for code in [*MADE, ErrorCode.REFUSED, ErrorCode.ROOM_DAMAGED]} == ERRORS.keys()
