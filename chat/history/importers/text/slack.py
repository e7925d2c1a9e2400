"""Slack's mrkdwn as chatsite's Markdown: the `text` of messages from before 2019, and of bots to this day.

`&`, `<` and `>` are escaped, and what stands in `<...>` is Slack's own: mentions, links, dates. Marks count at the
edges of words and in one line. The same text in `blocks` says more, and is read by slack_blocks.py.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from chat.history.importers.text.markdown import Run, bullet, code_block, inline, literal, quote
from chat.history.importers.text.marks import marked_runs
from chat.history.importers.text.mentions import mention
from chat.history.importers.text.shortcodes import SHORTCODE, with_emoji

_reference = re.compile(r"<([^<>\n]+)>")
_fence = re.compile(r"```(.+?)```", re.S)
_token = re.compile(
    rf"{_reference.pattern}|`(?P<code>[^`\n]+)`|(?P<emoji>{SHORTCODE})|(?P<mark>\*+|_+|~+)|(?P<newline>\n)"
)
_item = re.compile(r"(?P<indent>[ \t]*)[•◦▪‣] ?(?P<text>.*)")
_quoted = re.compile(r"&gt; ?")
_bare_address = re.compile(r"(?:https?://|mailto:)?[\w@.-]+(?::\d+)?(?:[/?#][\w./?=&%#:@+,;~!$()*'-]*[\w/=&%#+$-])?")
_block_line = re.compile(r"\n[ \t]*(?:[-+\d•◦▪‣]|&gt;)")
_scheme = re.compile(r"(?:https?|mailto):", re.I)
_STYLES = {"*": "bold", "_": "italic", "~": "strike"}
_FIRST_MARKS = frozenset("-+0123456789 \t•◦▪‣")
_BLANK = frozenset(["", " ", "\n"])


class Directory(Protocol):
    """The names of people and channels of a workspace by their ids. "" if there is none.

    `shown`: Markdown of references to them that were met before; emptied when a name is learned.
    """

    shown: dict[str, str]

    def user_name(self, user_id: str) -> str: ...

    def channel_name(self, channel_id: str) -> str: ...

    def __hash__(self) -> int: ...


def markdown(text: str, directory: Directory) -> str:
    """chatsite's Markdown of a text in mrkdwn. Most texts have no mark, and are done without a parser."""
    if "<" not in text and ":" not in text:
        return unescape(text) if is_unmarked(text) else _parsed(text, directory)
    pieces = _reference.split(text)  # text and references in turn
    words = pieces[::2] if ":" not in text or "`" in text else [with_emoji(piece) for piece in pieces[::2]]
    if not is_unmarked("a".join(words)) or not all(map(_ends_reference, words[1:])):
        return _parsed(text, directory)
    pieces[::2] = map(unescape, words)
    pieces[1::2] = [_shown(reference, directory) for reference in pieces[1::2]]
    return "".join(pieces)


def is_unmarked(text: str) -> bool:
    """Whether no sign is in it that could be markup, here or there. Single searches are faster than a pattern."""
    return not (
        "*" in text
        or "_" in text
        or "`" in text
        or "~" in text
        or "\\" in text
        or "|" in text
        or text[:1] in _FIRST_MARKS
        or text.startswith("&gt;")
        or ("\n" in text and _block_line.search(text) is not None)
    )


def _ends_reference(text: str) -> bool:
    """Whether an address or a mention in front of this text ends where Slack's ends."""
    return text[:1] in _BLANK or (text[0] in ".,:;!?)'" and text[1:2] in _BLANK)


def _parsed(text: str, directory: Directory) -> str:
    return "\n".join(_blocks(text.strip("\n"), directory))


def unescape(text: str) -> str:
    """With Slack's three entities undone, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in text else text


def plain(text: str, directory: Directory) -> str:
    """The words of a text whose marks mean nothing, as in code: `<tel:1|1>` is 1."""
    return unescape(_reference.sub(lambda found: _words(found[1], directory), text))


def user_mention(user_id: str, directory: Directory, label: str = "") -> str:
    """`@ada`, by the directory, or what the reference says itself."""
    return mention(directory.user_name(user_id) or label.removeprefix("@") or user_id)


def channel_reference(channel_id: str, directory: Directory, label: str = "") -> str:
    """`#general`"""
    return "#" + (label.removeprefix("#") or directory.channel_name(channel_id) or channel_id)


def link_run(url: str, label: str = "") -> Run:
    """A link, or text with the address behind it if chatsite makes no links to such."""
    label = label or url.removeprefix("mailto:")
    if url == label or url == f"mailto:{label}":
        return Run(label, raw=True) if _is_bare(label) else Run(label)
    if _scheme.match(url):
        return Run(label, link=url)
    return Run(label if url.startswith("tel:") else f"{label} ({url})")


def _is_bare(address: str) -> bool:
    """Whether chatsite makes a link of it as it stands, and of all of it."""
    return _bare_address.fullmatch(address) is not None


# References: what stands in <...>.


def reference_run(reference: str, directory: Directory) -> Run:
    """What stands between < and >: `@U1`, `#C1|general`, `!here`, `https://x.example|words`."""
    target, _, label = reference.partition("|")
    label = unescape(label)
    match target[:1]:
        case "@":
            return Run(user_mention(target[1:], directory, label), raw=True)
        case "#":
            return Run(channel_reference(target[1:], directory, label))
        case "!":
            return _command(target[1:], label)
    return link_run(unescape(target), label)


def _command(command: str, label: str) -> Run:
    """`<!here>`, `<!subteam^S1|@team>`, `<!date^0^{date}|yesterday>`"""
    kind, _, rest = command.partition("^")
    if kind in ("here", "channel", "everyone", "group"):
        return Run("@" + ("channel" if kind == "group" else kind), raw=True)
    if kind == "subteam":
        return Run(mention(label.removeprefix("@") or rest), raw=True)
    return Run(label or rest.rpartition("^")[2] or command)


def _shown(reference: str, directory: Directory) -> str:
    found = directory.shown.get(reference)
    if found is not None:
        return found
    run = reference_run(reference, directory)
    markdown = run.text if run.raw else inline([run])
    if reference[0] in "@#!":  # there are fewer of them than of addresses
        directory.shown[reference] = markdown
    return markdown


def _words(reference: str, directory: Directory) -> str:
    target, _, label = reference.partition("|")
    if label:
        return label
    return reference_run(reference, directory).text if target[:1] in "@#!" else target


# Blocks: code, quotes, lists, paragraphs.


def _blocks(text: str, directory: Directory) -> Iterator[str]:
    parts = _fence.split(text)
    is_quoted = False
    for number, part in enumerate(parts):
        if number % 2:
            code = plain(part.strip("\n"), directory)
            block = code_block(code) if code.strip() else literal(f"```{code}```")
            yield quote(block) if is_quoted else block
            continue
        part = part.removeprefix("\n") if number else part
        is_quoted = number + 1 < len(parts) and _quoted.fullmatch(part.rpartition("\n")[2]) is not None
        part = part.rpartition("\n")[0] if is_quoted else part.removesuffix("\n") if number + 1 < len(parts) else part
        if part:
            yield from _text_blocks(part.split("\n"), directory)


def _text_blocks(lines: list[str], directory: Directory) -> Iterator[str]:
    """Neighbouring quoted lines are one quote, others one paragraph; each item of a list is a line of its own."""
    group: list[str] = []
    was_quoted = False
    for line in lines:
        marker = _quoted.match(line)
        item = None if marker else _item.fullmatch(line)
        if group and (item or (marker is not None) != was_quoted):
            yield _paragraph(group, was_quoted, directory)
            group = []
        if item:
            yield bullet(inline(runs(item["text"], directory)), len(item["indent"].expandtabs(4)) // 4)
            continue
        was_quoted = marker is not None
        group.append(line[marker.end() :] if marker else line)
    if group:
        yield _paragraph(group, was_quoted, directory)


def _paragraph(lines: list[str], is_quoted: bool, directory: Directory) -> str:
    text = inline(runs("\n".join(lines), directory))
    return quote(text) if is_quoted else text


# Marks in a paragraph.


def runs(text: str, directory: Directory) -> list[Run]:
    """The pieces of a paragraph. A mark opens and closes at the edge of a word, and not beyond the line."""

    def piece(token: re.Match[str]) -> Run:
        if token["code"]:
            return Run(plain(token["code"], directory), code=True)
        if token["emoji"]:
            return Run(with_emoji(token["emoji"]))
        return reference_run(token[1], directory)

    return marked_runs(text, _token, _STYLES, words=unescape, piece=piece)
