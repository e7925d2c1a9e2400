"""Visitors cannot fill the disk with log lines."""

import asyncio
import contextvars
import json
import logging
import logging.config
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.conf import settings

from chat.entrance import request_id
from chatsite.log import LINES_BURST, MAX_LINE, ClientErrorFilter, FloodFilter
from chatsite.server import Server
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def logger(written: list[str]) -> Iterator[logging.Logger]:
    class RecordingHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    logger = logging.getLogger("tests.flood")
    logger.propagate = False
    handler = RecordingHandler()
    handler.addFilter(FloodFilter())
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


@pytest.mark.promise
def test_one_place_in_the_code_logs_so_many_lines_and_no_more(
    logger: logging.Logger, written: list[str], tally: Tally
) -> None:
    count = effort(1000, torture=100_000)
    for number in range(count):
        logger.warning("refused %d", number)
    assert LINES_BURST <= len(written) < count // 2
    assert written[:3] == ["refused 0", "refused 1", "refused 2"]
    logger.error("something else went wrong")
    assert written[-1] == "something else went wrong"
    tally("floods")


def test_the_next_line_says_how_many_were_left_out(
    logger: logging.Logger, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: moment)
    for _ in range(2):
        for number in range(LINES_BURST + 7):
            logger.warning("refused %d%%", number)
        moment += 2 * LINES_BURST
    assert len(written) == 2 * LINES_BURST
    assert written[LINES_BURST] == "refused 0% (after 7 lines like this, not shown)"
    assert written[LINES_BURST + 1] == "refused 1%"


def test_a_line_about_a_mistake_of_the_owner_is_written_once_per_minute(
    logger: logging.Logger, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: moment)
    for _ in range(2):
        for _ in range(100):
            logger.warning("wrong proxy", extra={"once_per_minute": True})
        moment += 61
    assert written == ["wrong proxy", "wrong proxy (after 99 lines like this, not shown)"]


def test_a_bad_request_is_a_warning_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def lines(name: str, status: int) -> list[tuple[str, bool]]:
        caplog.clear()
        caplog.handler.addFilter(tidy)
        logging.getLogger(name).error("it failed", exc_info=ValueError(), extra={"status_code": status})
        caplog.handler.removeFilter(tidy)
        return [(record.levelname, bool(record.exc_info)) for record in caplog.records]

    tidy = ClientErrorFilter()
    assert lines("django.security.TooManyFieldsSent", 400) == [("WARNING", False)]
    assert lines("django.request", 500) == [("ERROR", True)]
    assert lines("chat.rooms", 400) == [("ERROR", True)]


@pytest.fixture
def format_line() -> Callable[[logging.LogRecord], str]:
    """How the server writes a line to standard error."""
    formatter = logging.config.DictConfigurator(settings.LOGGING).configure_formatter(
        dict(settings.LOGGING["formatters"]["line"])
    )
    return formatter.format


def line_about(text: str, error: Exception | None = None) -> logging.LogRecord:
    exc_info = error and (type(error), error, None)
    return logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Not Found: %s", (text,), exc_info)


def test_a_line_is_cut_wherever_a_visitor_wrote_a_part_of_it(format_line: Callable[[logging.LogRecord], str]) -> None:
    """Regression: requests for long paths that do not exist made 2.7 GB of log per day."""
    line = format_line(line_about("/" + "x" * 60_000 + " (after 7 lines like this, not shown)"))
    assert len(line) == MAX_LINE
    assert "WARNING django.request: Not Found: /xxx" in line
    assert line.endswith("xxx (after 7 lines like this, not shown)"), "what the filter adds remains"
    traceback = format_line(line_about("/", ValueError("x" * 60_000)))
    assert max(map(len, traceback.split("\n"))) == MAX_LINE
    assert "ValueError: xxx" in traceback


def test_a_line_of_usual_length_is_written_as_it_is(format_line: Callable[[logging.LogRecord], str]) -> None:
    assert format_line(line_about("/" + "x" * 400)).endswith("/" + "x" * 400)


def test_a_clock_that_is_set_back_suppresses_no_line(
    logger: logging.Logger, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the time of day every line came too early until the clock had caught up."""
    now = time.time()
    for when, moment in {"before": now, "after": now - 24 * 3600}.items():
        monkeypatch.setattr("time.time", lambda moment=moment: moment)
        logger.warning(when)
    assert written == ["before", "after"]


@pytest.fixture
def json_line(monkeypatch: pytest.MonkeyPatch) -> Callable[[logging.LogRecord], Any]:
    """A line of CHAT_LOG_FORMAT=json, parsed; it is one line."""
    formatter = logging.config.DictConfigurator(settings.LOGGING).configure_formatter(
        dict(settings.LOGGING["formatters"]["json"])
    )

    def parse(record: logging.LogRecord) -> Any:
        line = formatter.format(record)
        assert line.isascii()
        assert line.isprintable(), "nothing in it begins another line, or moves the cursor of a terminal"
        return json.loads(line)

    return parse


def test_a_line_as_json_says_the_same(json_line: Callable[[logging.LogRecord], Any]) -> None:
    record = line_about("/straße\n\x1b\u2028")
    record.created = 1_800_000_000.25
    assert json_line(record) == {
        "time": "2027-01-15T08:00:00.250+00:00",
        "level": "WARNING",
        "logger": "django.request",
        "message": "Not Found: /straße\n\x1b\u2028",
    }


def test_a_line_as_json_is_cut_like_one_of_text(json_line: Callable[[logging.LogRecord], Any]) -> None:
    line = json_line(line_about("x" * 60_000, ValueError("y" * 60_000)))
    assert len(line["message"]) == MAX_LINE
    assert [len(part) for part in line["traceback"].split("\n")] == [MAX_LINE]


def test_a_line_has_the_id_of_its_request_and_nothing_else_of_it(
    format_line: Callable[[logging.LogRecord], str], json_line: Callable[[logging.LogRecord], Any]
) -> None:
    def serve() -> None:
        request_id.begin([(b"x-request-id", b"7f3a"), (b"cookie", b"x-mark")])
        record = line_about("/")
        vars(record)["request"] = "what Django adds"
        assert "WARNING django.request [7f3a]: Not Found" in format_line(record)
        assert json_line(record)["request_id"] == "7f3a"
        assert json_line(record).keys() == {"time", "level", "logger", "message", "request_id"}
        assert vars(record)["request"] == "what Django adds"

    contextvars.copy_context().run(serve)
    assert "WARNING django.request: Not Found" in format_line(line_about("/"))


async def test_a_task_for_many_requests_has_the_id_of_none() -> None:
    async def id_there() -> str:
        return request_id.current()

    request_id.begin([(b"x-request-id", b"7f3a")])
    assert await asyncio.create_task(id_there()) == "7f3a"
    assert await request_id.shared_task(id_there()) == ""


async def test_the_log_of_a_websocket_has_its_id_also_when_its_application_fails() -> None:
    """The server logs that, outside of the task of the application."""
    seen: list[str] = []

    class Recording(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(request_id.current())

    async def application(scope: Any, receive: Any, send: Any) -> None:
        request_id.begin([(b"x-request-id", b"7f3a")])
        raise RuntimeError("x-mark")

    server = object.__new__(Server)
    protocol = MagicMock()
    server.application, server.connections, server._disconnected = application, {protocol: {}}, set()
    handler = Recording()
    logging.getLogger("chatsite.server").addHandler(handler)
    server.create_application(protocol, {"type": "websocket"})
    await until(lambda: protocol.handle_exception.called)
    logging.getLogger("chatsite.server").removeHandler(handler)
    assert seen == ["7f3a"]
