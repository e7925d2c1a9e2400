"""What is on disk can always be shown."""

import pytest

from chat.storage import Record
from chat.text import markup
from chat.wire import events


def test_a_message_that_cannot_be_rendered_is_shown_as_it_was_typed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was stored already: its sender would have been told that it was not, and would have repeated it for ever."""

    def fail(message: str) -> str:
        raise RuntimeError("a fault in the renderer")

    monkeypatch.setattr(markup, "render", fail)
    record = Record(id=2, type="message", author="a", username="ada", message="1 <b> 2 fault", timestamp="t")
    event = events.event_from_record(record)
    assert getattr(event, "html", None) == '<p dir="auto">1 &lt;b&gt; 2 fault</p>'
    assert "a message could not be rendered" in caplog.text
