"""The number and the length of log lines: visitors must not be able to fill the disk with what is logged about them."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from chat.entrance import request_id as request_ids
from chat.entrance.token_bucket import TokenBucket

LINES_PER_SECOND, LINES_BURST = 1, 50  # from one place in the code
RARE_LINES_PER_SECOND, RARE_LINES_BURST = 1 / 60, 1  # for a mistake of the owner, which every request repeats
MAX_LINE = 500  # characters, also of a line of a traceback: a path can have 64,000
LINE_END = 80  # of these, from the end of the line: `FloodFilter` writes there


class FloodFilter(logging.Filter):
    """Suppresses lines above the rate of one place in the code. The next line says how many were suppressed.

    A line that is logged with `extra={"once_per_minute": True}` has the lower rate.
    """

    def __init__(self) -> None:
        super().__init__()
        self._buckets: dict[tuple[str, int], TokenBucket] = {}
        self._suppressed: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        place = record.pathname, record.lineno
        bucket = self._buckets.get(place) or self._buckets.setdefault(place, _bucket_for(record))
        if bucket.consume(time.monotonic()):
            self._suppressed[place] = self._suppressed.get(place, 0) + 1
            return False
        if suppressed := self._suppressed.pop(place, 0):
            record.msg, record.args = f"{record.getMessage()} (after {suppressed} lines like this, not shown)", None
        return True


def _bucket_for(record: logging.LogRecord) -> TokenBucket:
    if getattr(record, "once_per_minute", False):
        return TokenBucket(RARE_LINES_PER_SECOND, RARE_LINES_BURST)
    return TokenBucket(LINES_PER_SECOND, LINES_BURST)


class ClientErrorFilter(logging.Filter):
    """Makes one warning of what Django logs about a bad request, instead of an error with a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: every line is written."""
        if record.name.startswith("django.") and getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class LineFormatter(logging.Formatter):
    """Formats lines of a bounded length, with the id of the request if there is one. A longer one loses its middle."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the lines of its traceback. `request_note` is what it shows of the id."""
        request_id = request_ids.current()
        record.request_note = f" [{request_id}]" if request_id else ""
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by logging
        """The line without its traceback."""
        return _cut(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The lines of the traceback."""
        return "\n".join(map(_cut, super().formatException(ei).split("\n")))


class JsonFormatter(logging.Formatter):
    """Formats one JSON object per line: time, level, logger, message, and request_id and traceback if there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """One line. Texts are cut as in `LineFormatter`."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": moment,
            "level": record.levelname,
            "logger": record.name,
            "message": _cut(record.getMessage()),
        }
        if request_id := request_ids.current():
            line["request_id"] = request_id
        if record.exc_info:
            line["traceback"] = "\n".join(map(_cut, self.formatException(record.exc_info).split("\n")))
        return json.dumps(line)


def _cut(line: str) -> str:
    if len(line) <= MAX_LINE:
        return line
    mark = f"... ({len(line)} characters) ..."
    return line[: MAX_LINE - LINE_END - len(mark)] + mark + line[-LINE_END:]
