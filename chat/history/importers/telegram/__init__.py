"""Telegram Desktop's `result.json`: one chat, or all chats of an account.

The time of a message is `date_unixtime`; versions before 2021 have the local time alone. The ids of the messages of a
group start anew when it becomes a supergroup.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.fields import Record
from chat.history.importers.json_stream import ENDS_EARLY, ENTERED, Item, walk
from chat.history.importers.reader import Options
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.telegram.chat import Chat
from chat.history.importers.times import LocalClock

_lists = ("", "chats.list.*", "left_chats.list.*", "*")  # where a chat may stand
_enter = {"", "messages", "chats", "chats.list", "left_chats", "left_chats.list"}
_enter |= {f"{chats}.list.*{rest}" for chats in ("chats", "left_chats") for rest in ("", ".messages")}
_head = re.compile(
    rb'"(?:date_unixtime|text_entities|personal_information|frequent_contacts|left_chats)"\s*:'
    rb'|"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|(?:private|public)_(?:group|supergroup|channel))"'
    rb'|"type"\s*:\s*"(?:message|service)"\s*,\s*"date"\s*:\s*"\d{4}-'
)


@dataclass(frozen=True)
class TelegramReader:
    """Reads exports of Telegram Desktop in the format "Machine-readable JSON"."""

    name: str = "telegram"
    title: str = "Telegram"

    def recognizes(self, source: Source) -> bool:
        return bool(_files(source))

    def needs_zone(self, source: Source) -> bool:
        heads = [source.head(name) for name in _files(source)]
        return any(b'"date"' in head and b'"date_unixtime"' not in head for head in heads)

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        for name in _files(source):
            yield from _File(source, name, options, report).entries()


READER = TelegramReader()


def _files(source: Source) -> list[str]:
    """The files of the export. What people sent is in folders below that of a result.json."""
    names = [name for name in source.names() if source.single or name.lower().endswith(".json")]
    folders = {PurePosixPath(name).parent for name in names if _is_result(name)}
    kept = [name for name in names if _is_result(name) or folders.isdisjoint(PurePosixPath(name).parent.parents)]
    return [name for name in kept if _is_export(source.head(name))]


def _is_result(name: str) -> bool:
    return PurePosixPath(name).name.startswith("result")


def _is_export(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and _head.search(head) is not None


class _File:
    """One pass over a file."""

    def __init__(self, source: Source, name: str, options: Options, report: Report) -> None:
        self._source = source
        self._name = name
        self._report = report
        self._clock = LocalClock(options.zone) if options.zone else None
        self._members = set(source.names())
        self._headers: dict[tuple[str, int], Record] | None = None

    def entries(self) -> Iterator[NeutralEntry]:
        chat = self._chat({})
        header: Record = {}
        for item in self._items():
            where, _, last = item.where.rpartition(".")
            if item.value is ENTERED:
                if item.where in _lists:
                    header = {}
                elif last == "messages":
                    is_known = "id" in header and ("name" in header or header.get("type") == "saved_messages")
                    chat = self._chat(header if is_known else self._header(where, item.number))
            elif item.error:
                self._report.problem(self._place(item), item.error)
            elif last == "*" and where.endswith("messages") or item.where == "*":
                yield from chat.entry(item.value, self._place(item))
            elif where in _lists and last in ("name", "type", "id"):
                header[last] = item.value

    def _items(self) -> Iterator[Item]:
        with self._source.open(self._name) as file:
            yield from walk(file, _enter)

    def _header(self, chat: str, index: int) -> Record:
        """Name, type and id of a chat whose messages stand in front of them: a pass of its own."""
        if self._headers is None:
            self._headers = {}
            at: tuple[str, int] = ("", 0)
            for item in self._items():
                where, _, last = item.where.rpartition(".")
                if item.value is ENTERED and item.where in _lists:
                    at = (item.where, item.number)
                elif where in _lists and last in ("name", "type", "id") and not item.error:
                    self._headers.setdefault(at, {})[last] = item.value
        return self._headers.get((chat, index), {})

    def _chat(self, header: Record) -> Chat:
        return Chat(header, self._name, self._members, self._clock, self._report)

    def _place(self, item: Item) -> str:
        if item.error == ENDS_EARLY or not item.where.endswith("*"):
            return self._name
        return f"{self._name}, message {item.number + 1}"
