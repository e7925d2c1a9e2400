"""The wire: what comes in is a command or a ProtocolError, never anything else; what goes out is what the docs show."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat.wire import protocol
from chat.wire.protocol import ERRORS, CloseCode, Command, ErrorCode, ProtocolError

MOST = 4000
WIRE = Path(__file__).resolve().parents[2] / "fixtures" / "wire.json"
FIXTURE: dict[str, dict[str, Any]] = json.loads(WIRE.read_text(encoding="utf-8")) if WIRE.exists() else {}
# The contract gives this reason a code, but a reader that is stalled cannot be sent one: it sees 4008 only.
NEVER_SENT = {"slow_reader"}


def decode(frame: object) -> Command:
    return protocol.decode(json.dumps(frame), MOST)


def refused(text: str) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        protocol.decode(text, MOST)
    return caught.value


# The frames of the fixture, which the client's tests read too


def frames(direction: str) -> list[Any]:
    return [pytest.param(case["frame"], id=name) for name, case in FIXTURE.items() if case["direction"] == direction]


@pytest.mark.parametrize("frame", frames("client"))
def test_a_client_frame_of_the_fixture_is_understood_in_every_field(frame: dict[str, Any]) -> None:
    command = decode(frame)
    understood = {key: value for key, value in protocol.to_builtins(command).items() if value is not None}
    assert {**frame, "limit": understood["limit"]} == understood if "limit" in understood else frame == understood


@pytest.mark.parametrize("frame", frames("server"))
def test_a_server_frame_of_the_fixture_is_what_the_server_sends(frame: dict[str, Any]) -> None:
    kinds = (
        protocol.WelcomeEvent
        | protocol.MessageEvent
        | protocol.ClearEvent
        | protocol.UnknownEvent
        | protocol.PresenceEvent
    )
    if frame["type"] == "history":  # its events are a union that only the encoder needs to know
        events = [msgspec.convert(event, protocol.MessageEvent | protocol.ClearEvent) for event in frame["events"]]
        event: protocol.Event = _page(frame, events)
    else:
        event = msgspec.convert(frame, kinds | protocol.TypingEvent | protocol.ErrorEvent | protocol.PongEvent)
    assert json.loads(protocol.encode(event)) == frame


def _page(frame: dict[str, Any], events: list[Any]) -> protocol.HistoryEvent:
    return protocol.HistoryEvent(
        events=events, complete=frame["complete"], before=frame.get("before"), after=frame.get("after")
    )


@pytest.mark.parametrize("frame", [case for case in frames("server") if "error_" in str(case.id)])
def test_an_error_of_the_fixture_has_a_code_of_the_table_and_its_retry(frame: dict[str, Any]) -> None:
    if frame["code"] in NEVER_SENT:
        assert frame["code"] not in set(ErrorCode)
        return
    assert frame["retry"] is ERRORS[ErrorCode(frame["code"])].retry


def test_every_code_stands_in_the_fixture() -> None:
    shown = {case["frame"]["code"] for case in FIXTURE.values() if case["frame"]["type"] == "error"}
    assert shown - NEVER_SENT == set(ErrorCode)


# What is understood


def test_a_message_is_understood() -> None:
    assert decode({"type": "message", "message": "hi"}) == protocol.PostMessage(message="hi")
    full = {"type": "message", "message": "a\tb\nc", "client_id": "c" * 64, "reply_to": 7}
    assert decode(full) == protocol.PostMessage(message="a\tb\nc", client_id="c" * 64, reply_to=7)


def test_fields_that_are_not_known_are_ignored_and_say_nothing_about_who_speaks() -> None:
    frame = {"type": "message", "message": "hi", "author": "b", "username": "bob", "id": 1, "html": "<b>"}
    assert decode(frame) == protocol.PostMessage(message="hi")


def test_the_longest_message_is_counted_in_characters() -> None:
    assert decode({"type": "message", "message": "𝒳" * MOST})
    error = refused(json.dumps({"type": "message", "message": "𝒳" * (MOST + 1), "client_id": "c-1"}))
    assert (error.code, error.client_id) == (ErrorCode.MESSAGE_TOO_LONG, "c-1")
    assert error.detail == "A message can have 4000 characters; this one has 4001."


@pytest.mark.parametrize("message", ["👩\u200d🚀", "می\u200cخواهم", "\u0301", "ad\u200ba", "&nbsp;", "0"], ids=ascii)
def test_what_can_be_seen_may_be_said(message: str) -> None:
    assert decode({"type": "message", "message": message}) == protocol.PostMessage(message=message)


@pytest.mark.parametrize(
    "frame",
    [{"type": "history"}, {"type": "history", "before": 0}, {"type": "history", "after": 2**53 - 1, "limit": 200}],
)
def test_a_page_may_be_asked_for(frame: dict[str, Any]) -> None:
    assert isinstance(decode(frame), protocol.FetchHistory)


# What is not


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
        ('{"type":"message","message":"a\\rb"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"a\\u007fb"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"a\\u0085b"}', ErrorCode.INVALID_TEXT),
        ('{"type":"message","message":"hi","client_id":"a\\nb\\u0000"}', ErrorCode.INVALID_TEXT),
    ],
    ids=lambda part: ascii(part)[:60],
)
def test_a_bad_frame_is_answered_with_its_code(text: str, code: ErrorCode) -> None:
    assert refused(text).code == code


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5000, "1" + "0" * 400 + ".5", "0.1e-9999"])
@pytest.mark.parametrize("field", ["before", "limit", "other"])
def test_a_huge_number_harms_nothing(field: str, number: str) -> None:
    text = f'{{"type":"history","{field}":{number}}}'
    try:
        assert protocol.decode(text, MOST) == protocol.FetchHistory()
        assert field == "other"
    except ProtocolError as error:
        answer = protocol.error_event(error)
        assert answer.code in {ErrorCode.INVALID_JSON, ErrorCode.INVALID_FIELD}


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
def test_a_message_that_shows_nothing_is_empty(message: str) -> None:
    error = refused(json.dumps({"type": "message", "message": message, "client_id": "c-1"}))
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
def test_an_error_says_which_message_it_is_about_if_that_can_be_known(frame: object, client_id: str | None) -> None:
    assert refused(json.dumps(frame)).client_id == client_id


# The tables


def test_every_code_has_a_rule_with_a_sentence() -> None:
    assert set(ERRORS) == set(ErrorCode)
    fields = {"reason": "r", "most": 1, "length": 2, "id": 3, "seconds": 0.5, "count": 4}
    for code, rule in ERRORS.items():
        sentence = rule.detail.format(**fields)
        assert sentence
        assert code == "invalid_name" or sentence.endswith(".")


@pytest.mark.parametrize("close", CloseCode)
def test_a_close_code_says_by_its_number_whether_to_come_back(close: CloseCode) -> None:
    assert 4000 <= close < 4200
    assert close.retry is (close < 4100)


def test_an_error_frame_has_no_field_that_says_nothing() -> None:
    plain = protocol.error_event(ProtocolError(ErrorCode.EMPTY_MESSAGE))
    assert set(json.loads(protocol.encode(plain))) == {"type", "code", "detail", "retry"}
    full = ProtocolError(ErrorCode.RATE_LIMITED, seconds=0.5, retry_after=0.5, client_id="c-1")
    answer = json.loads(protocol.encode(protocol.error_event(full)))
    assert (answer["retry"], answer["retry_after"], answer["client_id"]) == (True, 0.5, "c-1")
