"""What a reader of one format is. Each has a module of its own, with an object `READER`; registry.py lists them."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.times import DateOrder


class Options(NamedTuple):
    """What the owner said about the source. `now`: the moment of the run, milliseconds since 1970.

    `zone` is there if the reader `needs_zone`; `date_order` only if the owner gave it.
    """

    zone: ZoneInfo | None = None
    date_order: DateOrder | None = None
    now: int = 0


class Reader(Protocol):
    """Reads one format. `name` is the value of --from, `title` the format's name for people."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def recognizes(self, source: Source) -> bool:
        """Whether this is the format: by names and heads only, and never true for another format's files."""

    def needs_zone(self, source: Source) -> bool:
        """Whether the source has local times without a zone."""

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        """Every message, as a stream, in any order. Raises `BadSource`, `OpenDateOrder`.

        A record that is broken goes to `report.problem`, one that is not imported to `report.skip`.
        """
