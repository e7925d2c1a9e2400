"""The protocol: a frame is decoded to a command or a ProtocolError, and events are encoded as the fixture shows."""

import json
from typing import Any

import pytest

from chat.wire import commands, protocol
from chat.wire.commands import Command
from chat.wire.errors import ERRORS, CloseCode, ErrorCode, ProtocolError
from tests.support.core.wire_frames import FIXTURE, examples, to_server_frame

MAX_MESSAGE = 4000


def decode(frame: object) -> Command:
    return commands.decode(json.dumps(frame), MAX_MESSAGE)


def error_of(text: str) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        commands.decode(text, MAX_MESSAGE)
    return caught.value


# The frames of the fixture, which the client's tests read too


def frames(direction: str) -> list[Any]:
    return [pytest.param(frame, id=name) for name, frame in examples(direction).items()]


@pytest.mark.parametrize("frame", frames("client"))
def test_a_client_frame_of_the_fixture_is_decoded_with_every_field(frame: dict[str, Any]) -> None:
    command = decode(frame)
    decoded = {key: value for key, value in protocol.to_builtins(command).items() if value is not None}
    assert {**frame, "limit": decoded["limit"]} == decoded if "limit" in decoded else frame == decoded


@pytest.mark.parametrize("frame", frames("server"))
def test_a_server_frame_of_the_fixture_is_encoded_by_the_server(frame: dict[str, Any]) -> None:
    assert json.loads(protocol.encode(to_server_frame(frame))) == frame


@pytest.mark.parametrize("frame", [case for case in frames("server") if "error_" in str(case.id)])
def test_an_error_of_the_fixture_agrees_with_the_table_of_errors(frame: dict[str, Any]) -> None:
    assert frame["retry"] is ERRORS[ErrorCode(frame["code"])].retry


def test_every_error_code_is_in_the_fixture() -> None:
    in_fixture = {case["frame"]["code"] for case in FIXTURE.values() if case["frame"]["type"] == "error"}
    assert in_fixture == set(ErrorCode)


# Valid frames


def test_a_message_is_decoded() -> None:
    assert decode({"type": "message", "message": "hi"}) == commands.PostMessage(message="hi")
    full = {"type": "message", "message": "a\tb\nc", "client_id": "c" * 64, "reply_to": 7}
    assert decode(full) == commands.PostMessage(message="a\tb\nc", client_id="c" * 64, reply_to=7)


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\n\rb", "a\n\nb"), ("a\r\r\n\r\nb", "a\n\n\nb"), ("a\r\n", "a")],
    ids=ascii,
)
def test_line_breaks_of_every_system_become_newlines(text: str, stored: str) -> None:
    """Regression: a bridge from a chat whose lines end with CR LF got `invalid_text` for every longer message."""
    assert decode({"type": "message", "message": text}) == commands.PostMessage(message=stored)


def test_the_length_of_a_message_is_counted_with_one_character_per_line_break() -> None:
    assert decode({"type": "message", "message": "x\r\n" * (MAX_MESSAGE // 2)})


@pytest.mark.parametrize("client_id", ["c\r1", "c-1\r\n"], ids=ascii)
def test_a_client_id_is_taken_as_it_is_so_a_line_break_in_it_is_refused(client_id: str) -> None:
    error = error_of(json.dumps({"type": "message", "message": "hi", "client_id": client_id}))
    assert error.code == ErrorCode.INVALID_TEXT


def test_unknown_fields_are_ignored_also_those_about_the_author() -> None:
    frame = {"type": "message", "message": "hi", "author": "b", "username": "bob", "id": 1, "html": "<b>"}
    assert decode(frame) == commands.PostMessage(message="hi")


def test_the_length_of_a_message_is_counted_in_characters() -> None:
    assert decode({"type": "message", "message": "𝒳" * MAX_MESSAGE})
    error = error_of(json.dumps({"type": "message", "message": "𝒳" * (MAX_MESSAGE + 1), "client_id": "c-1"}))
    assert (error.code, error.client_id) == (ErrorCode.MESSAGE_TOO_LONG, "c-1")
    assert error.detail == "A message can have 4000 characters; this one has 4001."


@pytest.mark.parametrize("message", ["👩\u200d🚀", "می\u200cخواهم", "\u0301", "ad\u200ba", "&nbsp;", "0"], ids=ascii)
def test_a_message_with_a_visible_character_is_accepted(message: str) -> None:
    assert decode({"type": "message", "message": message}) == commands.PostMessage(message=message)


@pytest.mark.parametrize(
    "frame",
    [{"type": "history"}, {"type": "history", "before": 0}, {"type": "history", "after": 2**53 - 1, "limit": 200}],
)
def test_a_page_can_be_requested_in_both_directions(frame: dict[str, Any]) -> None:
    assert isinstance(decode(frame), commands.FetchHistory)


# Bad frames


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.INVALID_JSON),
        ("x", ErrorCode.INVALID_JSON),
        ('{"type":"ping"', ErrorCode.INVALID_JSON),
        ('{"type":"ping"} {}', ErrorCode.INVALID_JSON),
        ("{'type':'ping'}", ErrorCode.INVALID_JSON),
        ('{"type":"message","message":"a\nb"}', ErrorCode.INVALID_JSON),
        ('{"type":"message","message":"\\ud800"}', ErrorCode.INVALID_JSON),
        ('{"type":"message","message":"\ud800"}', ErrorCode.INVALID_JSON),
        ('{"type":"history","before":NaN}', ErrorCode.INVALID_JSON),
        ('{"type":"history","before":Infinity}', ErrorCode.INVALID_JSON),
        ("[" * 100_000, ErrorCode.INVALID_FRAME),
        ('{"type":' * 100_000, ErrorCode.INVALID_JSON),
        ('{"type":"message","message":"hi","x":' + "[" * 100_000 + "]" * 100_000 + "}", ErrorCode.INVALID_JSON),
        ("null", ErrorCode.INVALID_FRAME),
        ("[]", ErrorCode.INVALID_FRAME),
        ("5", ErrorCode.INVALID_FRAME),
        ('"ping"', ErrorCode.INVALID_FRAME),
        ("true", ErrorCode.INVALID_FRAME),
        ("{}", ErrorCode.UNKNOWN_TYPE),
        ('{"message":"hi"}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":"shout"}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":"Message","message":"hi"}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":5}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":null}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":["ping"]}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":"welcome"}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":"message"}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":5}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":null}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":["hi"]}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","client_id":""}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","client_id":5}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","client_id":"%s"}' % ("c" * 65), ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","reply_to":"5"}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","reply_to":-1}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","reply_to":1.5}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","reply_to":9007199254740992}', ErrorCode.INVALID_FIELD),
        ('{"type":"message","message":"hi","reply_to":true}', ErrorCode.INVALID_FIELD),
        ('{"type":"history","limit":0}', ErrorCode.INVALID_FIELD),
        ('{"type":"history","limit":201}', ErrorCode.INVALID_FIELD),
        ('{"type":"history","before":1,"after":2}', ErrorCode.INVALID_FIELD),
        ('{"type":"history","before":{}}', ErrorCode.INVALID_FIELD),
        ('{"type":"rename"}', ErrorCode.INVALID_FIELD),
        ('{"type":"rename","username":7}', ErrorCode.INVALID_FIELD),
        ('{"type":"rename","username":""}', ErrorCode.INVALID_NAME),
        ('{"type":"rename","username":"a\\u202eb"}', ErrorCode.INVALID_NAME),
        ('{"type":"rename","username":"a\\u0000b"}', ErrorCode.INVALID_NAME),
        ('{"type":"rename","username":"%s"}' % ("x" * 33), ErrorCode.INVALID_NAME),
        ('{"type":"message","message":"a\\u0000b"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"a\\u0007b"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"a\\u001b[2J"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"a\\u007fb"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"a\\u0085b"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"hi","client_id":"a\\nb\\u0000"}', ErrorCode.INVALID_TEXT),
    ],
    ids=lambda part: ascii(part)[:60],
)
def test_a_bad_frame_has_its_error_code(text: str, code: ErrorCode) -> None:
    assert error_of(text).code == code


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5000, "1" + "0" * 400 + ".5", "0.1e-9999"])
@pytest.mark.parametrize("field", ["before", "limit", "other"])
def test_a_huge_number_is_an_error_or_ignored(field: str, number: str) -> None:
    text = f'{{"type":"history","{field}":{number}}}'
    try:
        assert commands.decode(text, MAX_MESSAGE) == commands.FetchHistory()
        assert field == "other"
    except ProtocolError as error:
        event = protocol.error_frame(error)
        assert event.code in {ErrorCode.INVALID_JSON, ErrorCode.INVALID_FIELD}


@pytest.mark.parametrize(
    "message",
    [
        "",
        " ",
        "\n\t\n",
        "\u00a0\u3000",
        "\u200b",
        "\u200d\u200c",
        "\ufeff",
        "\u2060\u00ad",
        "\u3164",
        "\u2800",
        "\ufe0f",
    ]
    + ["\U000e0041\U000e007f", "\u202e"],
    ids=ascii,
)
def test_a_message_without_a_visible_character_is_empty(message: str) -> None:
    error = error_of(json.dumps({"type": "message", "message": message, "client_id": "c-1"}))
    assert (error.code, error.client_id) == (ErrorCode.EMPTY_MESSAGE, "c-1")


@pytest.mark.parametrize(
    ("frame", "client_id"),
    [
        ({"type": "message", "message": 5, "client_id": "c-1"}, "c-1"),
        ({"type": "message", "client_id": "c-1"}, "c-1"),
        ({"type": "message", "message": "hi", "reply_to": "x", "client_id": "c-1"}, "c-1"),
        ({"type": "shout", "message": "hi", "client_id": "c-1"}, "c-1"),
        ({"message": "hi", "client_id": "c-1"}, "c-1"),
        ({"type": "message", "message": "a\x00", "client_id": "c-1"}, "c-1"),
        ({"type": "message", "message": 5, "client_id": 5}, None),
        ({"type": "message", "message": 5}, None),
    ],
)
def test_an_error_has_the_client_id_of_the_frame_if_it_is_valid(frame: object, client_id: str | None) -> None:
    assert error_of(json.dumps(frame)).client_id == client_id


# The tables


def test_every_error_code_has_a_sentence() -> None:
    assert set(ERRORS) == set(ErrorCode)
    fields = {"reason": "r", "most": 1, "length": 2, "id": 3, "seconds": 0.5, "count": 4, "own": 5}
    for code, rule in ERRORS.items():
        sentence = rule.detail.format(**fields)
        assert sentence
        assert code in {"invalid_name", "invalid_search"} or sentence.endswith(".")


@pytest.mark.parametrize("close", CloseCode)
def test_the_number_of_a_close_code_tells_whether_to_reconnect(close: CloseCode) -> None:
    assert 4000 <= close < 4200
    assert close.retry is (close < 4100)


def test_an_error_frame_has_no_empty_fields() -> None:
    minimal = protocol.error_frame(ProtocolError(ErrorCode.EMPTY_MESSAGE))
    assert set(json.loads(protocol.encode(minimal))) == {"type", "code", "detail", "retry"}
    full = ProtocolError(ErrorCode.RATE_LIMITED, seconds=0.5, retry_after=0.5, client_id="c-1")
    frame = json.loads(protocol.encode(protocol.error_frame(full)))
    assert (frame["retry"], frame["retry_after"], frame["client_id"]) == (True, 0.5, "c-1")
