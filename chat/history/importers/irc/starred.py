"""Lines of HexChat, XChat and mIRC, which have one star in front of actions and of news: words tell these apart."""

import re

from chat.history.importers.irc.styles import MODES, Line, Said, read_body, read_news

_star = re.compile(r"\*[ \t]+(.*)")
_address = r"(?: [(\[][^\s()\[\]]*@[^\s()\[\]]*[)\]])"
# What these programs say in English. In other languages news without an address look like actions.
_news = re.compile(
    r"(?:Now talking |Topic (?:is|for|of|set) |Set by |You(?: are|'re| have been| were) (?:now |kicked )"
    r"|Disconnected|Rejoined |Attempting to |Retrieving |Looking up |Connect|Loaded log |Ban list|Modes? (?:for|of) )"
    r"|(?:Joins|Parts|Quits): |[#&!+]"  # no nick has such signs
    r"|\S+ (?:is now known as \S+$|has quit [(]|has kicked \S+ from |was kicked by "
    r"|has changed the topic to|changes topic to |sets? (?:mode|ban|channel)"
    r"|(?:gives|removes) (?:channel |half-?operator |voice |ban ))"
    rf"|\S+{_address} (?:has |Quit|joined|left)",
    re.I,
)


def read_starred(body: str) -> Line:
    """What stands behind the time in a line that is no message."""
    if found := _star.fullmatch(body):
        if _news.match(found[1]):
            return read_news(found[1])
        nick, _, deed = found[1].partition(" ")
        return Said(nick.lstrip(MODES) or nick, deed, is_action=True)
    return read_body(body.replace("\t", " ", 1))
