"""How programs write a line of IRC. Nothing else in a line is believed: a text may look like any line."""

import re
from typing import NamedTuple

from chat.history.importers.irc import konversation
from chat.history.importers.reasons import JOINS

MODES = "~&@%+!. "  # in front of a nick: an operator, a voice, or nothing

_iso_date = r"\d{4}-\d\d-\d\d"
_clock = r"\d\d:\d\d(?::\d\d)?"
_local = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_zone = r" ?(?:Z|[+-]\d\d:?\d\d)"
_time = f"{_local}(?:{_zone})?"  # the owner may have chosen a format with the zone
_body = rf"<[{MODES}]*([^\s>]+)>[ \t]?(.*)"


class Style(NamedTuple):
    """How one program writes. Both patterns begin with the groups date and time; the date may miss.

    `message` has the nick and the text besides; `other` the rest of any line, and for WeeChat a prefix in front of it.
    `begins`: what a log of the program has in its first lines; None, if its lines alone tell it. `is_starred`: a star
    is in front of actions and of news (starred.py).
    """

    name: str
    message: re.Pattern[str]
    other: re.Pattern[str]
    is_utc: bool = False
    begins: re.Pattern[str] | None = None
    is_starred: bool = False


class Said(NamedTuple):
    """Somebody says or does something."""

    nick: str
    text: str
    is_action: bool = False


class Renamed(NamedTuple):
    """Somebody takes another nick. `old` is "" for the owner of the log."""

    old: str
    new: str


class Joined(NamedTuple):
    """Somebody joins."""

    nick: str


Line = Said | Renamed | Joined | str  # str: a reason for which it is not imported

NEWS = "changed nicks, modes, topics and other news"
SERVERS = "notices of servers"
UNKNOWN = "lines of another kind"


def _style(name: str, stamp: str, *, is_utc: bool = False) -> Style:
    return Style(name, re.compile(f"{stamp} *{_body}"), re.compile(f"{stamp} ?(.*)"), is_utc)


WEECHAT = Style(
    "WeeChat",
    re.compile(
        rf"\[?({_iso_date})[ T]({_time})[^\t]*\t<?[{MODES}]*([\w\[\]\\`^{{|}}](?:[^\t<>]*[^\s<>])?)>?\t(.*)", re.S
    ),
    re.compile(rf"\[?({_iso_date})[ T]({_time})[^\t]*\t([^\t]*)\t(.*)", re.S),
)
WEECHAT_BEGINS = re.compile(rf"\[?{_iso_date}[ T]\d\d:").match  # a message of several lines has one time
IRSSI = _style("irssi", rf"(?:({_iso_date})[ T])?({_time})")
KONVERSATION = IRSSI._replace(name="Konversation", begins=konversation.BEGINS)  # of lines that were made plain
ZNC = _style("ZNC", rf"\[(?:({_iso_date})[ T])?({_clock}(?:{_zone})?)\]")
ENERGYMECH = _style("EnergyMech", rf"\[([^\W\d]+\.? +\d{{1,2}} \d{{4}}) ({_clock})\]")
THE_LOUNGE = _style("The Lounge", rf"\[({_iso_date})T({_clock}\.\d{{3}})Z\]", is_utc=True)

ZONE = re.compile(_zone)  # in a time
TIME_WITH_ZONE = re.compile(rf"^\[?{_iso_date}[ T]{_local}{_zone}", re.M)
_short_date = r"[^\W\d]+\.? +\d{1,2}"  # without the year, which the line in front of a session has
HEXCHAT = _style("HexChat", rf"\[?(?:({_iso_date}|{_short_date})[ T])?({_time})\]?")._replace(
    begins=re.compile(r"^\*\*\*\* BEGIN LOGGING AT ", re.M), is_starred=True
)
_line_colour = r"(?:\x03\d{0,2}(?:,\d{1,2})?)?"
MIRC = _style("mIRC", rf"{_line_colour}\[(?:({_iso_date})[ T])?({_clock})\]")._replace(
    begins=re.compile(r"^Session (?:Start|Time): ", re.M), is_starred=True
)
STYLES = (KONVERSATION, HEXCHAT, MIRC, WEECHAT, IRSSI, ZNC, ENERGYMECH)

# Of irssi, HexChat and mIRC, without a time in front.
DAY_LINE = re.compile(
    r"(?:--- (?:Log opened|Day changed|Log closed) |\*\*\*\* (?:BEGIN|ENDING) LOGGING AT "
    r"|Session (?:Start|Time|Close)(?: \([^)]*\))?: )(?P<date>.+)"
)
SESSION = re.compile(r"Session Ident: (?P<channel>\S+).*")

# In front of news: of irssi, of ZNC and many bots, and three of XChat.
_news_marks = ("-!- ", "*** ", "--> ", "<-- ", "--- ")
_known_body = re.compile(rf"<[{MODES}]*[^\s>]+>([ \t]|$)| ?(?:\*[ \t]\S|• \S|-!- |\*\*\* |(?:-->|<--|---)[ \t])|-\S+- ")
_action = re.compile(rf"(?: ?\* [{MODES}]*(\S+) ?|• ([^\s:]+): )(.*)")
_notice = re.compile(r"-([^\s:(/]+)(?:[:(/]\S*)?- (.*)")
_weechat_notice = re.compile(r"(?:Pv)?Notice\(([^\s)]+)\)(?: -> \S+)?: (.*)")
_renamed = re.compile(
    r"(\S+) (?:is now known as|changed nick to|ist jetzt bekannt als|ist nun bekannt als|"
    r"est maintenant connue? sous le nom|"
    r"es ahora conocido como|ahora se llama|è ora noto come|è ora conosciuto come|agora é conhecido como|"
    r"jest teraz znany jako|je nyní znám jako|теперь известен как) (\S+)"
)
_renamed_self = re.compile(r"You(?:'re| are) now known as (\S+)")
_joined = re.compile(r"(?:Joins: )?(\S+) [(\[].*")
# Of Eggdrop and Textual, whose lines look like those of ZNC otherwise.
STAMPED_DAY = re.compile(r"--- (?P<date>[^\W\d]{3} [^\W\d]{3} +\d{1,2} \d{4})")
_eggdrop_action = re.compile(r"Action: (\S+) (.*)")
_eggdrop_renamed = re.compile(r"Nick change: (\S+) -> (\S+)")
_eggdrop_news = re.compile(r"Topic changed on |[#&!+]\S+: mode change |\S+ kicked from [#&!+]")
_moves = re.compile(r"(?:Joins|Parts|Quits): |(?:has |\) )(?:joined|left|[Qq]uit)\b|has kicked | was kicked ")


def style_of(head: str, styles: tuple[Style, ...] = STYLES) -> Style | None:
    """The style of the lines with which a file begins, None if they are no log of IRC."""
    if KONVERSATION in styles and konversation.BEGINS.search(head):
        return KONVERSATION
    styles = tuple(style for style in styles if style.begins is None or style.begins.search(head))
    for line in head.split("\n")[:100]:
        for style in styles:
            if style.message.fullmatch(line):
                return style
            found = style.other.fullmatch(line)
            if found and (style is WEECHAT or _known_body.match(found[3])):
                return style
    return None


def read_weechat(prefix: str, text: str) -> Line:
    """A line of WeeChat that is no message: the prefix decides, as the text may be anything."""
    if prefix == "-->":
        found = _joined.fullmatch(text)
        return Joined(found[1]) if found else JOINS
    if prefix == "<--":
        return JOINS
    if prefix.strip() == "*":
        nick, _, deed = text.partition(" ")
        return Said(nick, deed, is_action=True)
    if prefix == "--" and (found := _weechat_notice.fullmatch(text)):
        return _said_by_person(found[1], found[2])
    return read_news(text)  # the owner may have chosen other prefixes


def read_body(body: str) -> Line:
    """What stands behind the time in a line of another program that is no message."""
    if found := _action.fullmatch(body):
        return Said(found[1] or found[2], found[3], is_action=True)
    for mark in _news_marks:
        if body.lstrip(" ").startswith(mark):
            news = body.lstrip(" ").removeprefix(mark)
            joined = _joined.fullmatch(news) if _moves.search(news) and "oin" in news else None
            return Joined(joined[1]) if joined else read_news(news)
    if found := _notice.fullmatch(body):
        return _said_by_person(found[1], found[2])
    return _read_unmarked(body)


def _read_unmarked(body: str) -> Line:
    """News of Eggdrop and Textual, which have no mark in front."""
    if found := _eggdrop_action.fullmatch(body):
        return Said(found[1], found[2], is_action=True)
    if found := _eggdrop_renamed.fullmatch(body) or _renamed.fullmatch(body):
        return Renamed(found[1], found[2])
    if _moves.search(body):
        return JOINS
    return NEWS if _eggdrop_news.match(body) else UNKNOWN


def read_news(text: str) -> Line:
    """What a program itself says."""
    if found := _renamed.fullmatch(text):
        return Renamed(found[1], found[2])
    if found := _renamed_self.match(text):
        return Renamed("", found[1])
    return JOINS if _moves.search(text) else NEWS


def _said_by_person(nick: str, text: str) -> Line:
    """A notice. Names of servers have dots, nicks have none."""
    return SERVERS if "." in nick or nick == "*" else Said(nick, text)
