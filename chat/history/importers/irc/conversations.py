"""What a log is of, and its first day: programs put both into its path."""

import re
from datetime import date
from pathlib import PurePosixPath
from typing import NamedTuple

from chat.history.importers.monthnames import month_of

SUFFIXES = (".log", ".weechatlog", ".xchatlog", ".txt")

_date = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_dated_end = re.compile(r"[-_.]?(?<!\d)\d{4}[-_.]?\d\d(?:[-_.]?\d\d)?$")
_dated_start = re.compile(r"^(?:19|20)\d\d([-_.]?)[01]\d\1[0-3]\d[-_.]+(?=\D)")
_year = re.compile(r"(?:19|20)\d\d")
_dated_part = re.compile(r"\d{4}(?:[-_.]?\d\d){0,2}|\d\d")
_channel = re.compile(r"(?:^|[._-])([#&!].*)$")
_session = re.compile(r"^Session Ident: (\S+)", re.M)  # of mIRC, whose files may have the network behind the channel
_dated_in_year = re.compile(r"[-_.]\d\d(?:[-_.]?\d\d)?$")  # of a file in the folder of a year
_rotated = re.compile(
    r"(?:[.](?:\d{1,3}|old|bak|orig|\d\d[a-z]{3}\d{4})|~)$", re.I
)  # "#team.log.1", "#team.log.old", Eggdrop's "#team.log.28Feb2026"
_worded_date = re.compile(r"(?<!\d)(\d\d)([A-Za-z]{3})(\d{4})(?!\d)")
_textual = re.compile(r" \([0-9A-Z]{5}\)/(?P<kind>Channels|Queries|Console)/")
_no_network = {"log", "logs", "irclogs", "moddata", "weechat", "irc", "users", "znc"}
# What programs write in channels alone. In front of it is a time: people may say the same words.
_stamp = r"^(?:\[[^\]\n]*\]|(?:\w{3} \d+ )?[\d:.\-TZ+ ]*) ?"
_address = r"[(\[][^\s()\[\]]*@[^\s()\[\]]*[)\]]"
_channel_news = re.compile(
    rf"{_stamp}-!- (?:\S+ {_address} has joined |mode/[#&!+])"
    rf"|{_stamp}\*\*\* (?:Joins: |\S+ (?:<\S+> )?has joined [#&!+])"
    rf"|{_stamp}-->[ \t]\S+ {_address} (?:has )?joined "
    rf"|{_stamp}\t(?:-->\t\S+ {_address} has joined |--\tMode [#&!+])"
    rf"|{_stamp}\S+ {_address} joined [#&!+]"
    rf"|{_stamp}\*[ \t]\S+ {_address} has joined",
    re.M,
)


class Conversation(NamedTuple):
    """A channel, or a query: `channel` is then the other's nick. `network` is "" if the path does not tell it."""

    network: str
    channel: str
    is_query: bool

    @property
    def key(self) -> str:
        return f"{self.network}/{self.channel}".lower()

    @property
    def name(self) -> str:
        return self.channel.lstrip("#&!+") or self.channel


def conversation_of(path: str, head: str) -> Conversation | None:
    """What a log is of; None for what a server or a module says. `head`: its first lines."""
    if of_textual := _textual.search(path):
        if of_textual["kind"] == "Console":
            return None
        path = path[: of_textual.start("kind")] + path[of_textual.end() :]
    *folders, name = PurePosixPath(path).parts
    stem = _without_suffix(name)
    dated_end = _dated_end
    if any(_year.fullmatch(part) for part in folders) and not _dated_end.search(stem):
        dated_end = _dated_in_year
    folders = [part for part in folders if not _dated_part.fullmatch(part)]
    stem = dated_end.sub("", _dated_start.sub("", stem)) if not _dated_part.fullmatch(stem) else ""
    stem = stem or (folders.pop() if folders else _without_suffix(name))
    if stem.startswith(("irc.server.", "core.")):
        return None
    is_weechat = stem.startswith("irc.")
    stem = stem.removeprefix("irc.")
    network = _network_of(folders)
    if session := _session.search(head):
        channel = session[1]
        inner = stem.removeprefix(channel).strip("._") if stem.startswith(f"{channel}.") else ""
        return Conversation(inner or network, channel, is_query=channel[0] not in "#&!+")
    if found := _channel.search(stem):
        return Conversation(stem[: found.start()] or network, found[1], is_query=False)
    if is_weechat:
        inner, _, stem = stem.rpartition(".")
        network = inner or network
    if stem.startswith("*") or stem == "status":
        return None
    return Conversation(network, stem, is_query=_channel_news.search(head) is None)


def _network_of(folders: list[str]) -> str:
    """The network that folders tell: the last one, or of a module of one network of ZNC that behind `networks`."""
    if "networks" in folders[:-1]:
        return folders[folders.index("networks") + 1]
    return folders[-1] if folders and folders[-1].lower() not in _no_network else ""


def date_in(path: str) -> date | None:
    """The last date in a path: 2026-02-28.log, #team_20260228.log, 2026/02/28.log."""
    for found in reversed(list(_date.finditer(path.replace("/", "-")))):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    if worded := _worded_date.search(path):
        day, year = int(worded[1]), int(worded[3])
        month = month_of(worded[2], year, day)
        return date(year, month, day) if month else None
    return None


def is_log_name(path: str) -> bool:
    """Whether a file's name may be that of a log: one of the usual endings, none, or a date."""
    suffix = PurePosixPath(_rotated.sub("", path)).suffix.lower()
    return suffix in ("", *SUFFIXES) or suffix[1:].isdigit() or suffix.startswith(".#")


def _without_suffix(name: str) -> str:
    name = original if (original := _rotated.sub("", name)).lower().endswith(SUFFIXES) else name
    suffix = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]
