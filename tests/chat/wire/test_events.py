"""Stored records as events: rendered, with all fields, and without an error for any record."""

import pytest

from chat.storage import Record
from chat.text import markup
from chat.wire import protocol
from chat.wire.events import event_from_record


def test_a_message_that_cannot_be_rendered_is_shown_as_plain_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is stored already. After an error its sender would take it as not stored, and repeat it without end."""

    def fail(message: str) -> str:
        raise RuntimeError("a fault in the renderer")

    monkeypatch.setattr(markup, "render", fail)
    record = Record(id=2, type="message", author="a", username="ada", message="1 <b> 2 fault", timestamp="t")
    event = event_from_record(record)
    assert getattr(event, "html", None) == '<p dir="auto">1 &lt;b&gt; 2 fault</p>'
    assert "a message could not be rendered" in caplog.text


def test_a_stored_message_becomes_an_event_with_text_and_html() -> None:
    record = Record(id=7, type="message", author="a", username="ada", message="<b>", timestamp="t", reply_to=3, batch=7)
    event = event_from_record(record)
    assert protocol.to_builtins(event) == {
        "type": "message",
        "id": 7,
        "author": "a",
        "username": "ada",
        "message": "<b>",
        "html": '<p dir="auto">&lt;b&gt;</p>',
        "timestamp": "t",
        "reply_to": 3,
    }


@pytest.mark.parametrize(
    "record",
    [
        Record(id=7, type="poll", timestamp="t"),
        Record(id=7, type="message", timestamp="t"),
        Record(id=7, type="message", author="a", username="ada", timestamp="t"),
        Record(id=7, type="clear", timestamp="t"),
    ],
    ids=["a type of a later version", "an empty message", "a message without its text", "a clear without a target"],
)
def test_a_record_that_cannot_be_shown_becomes_an_unknown_event_with_its_id(record: Record) -> None:
    assert protocol.to_builtins(event_from_record(record)) == {"type": "unknown", "id": 7, "timestamp": "t"}
