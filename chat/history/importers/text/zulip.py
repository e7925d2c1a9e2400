"""Zulip's Markdown: CommonMark nearly, with mentions, links to channels and topics, times, quotes and spoilers."""

import re
from functools import cache

from chat.history.importers.text.commonmark import Dialect, add_reference, commonmark, parser
from chat.history.importers.text.markdown import Run, action, bullet, code_block, inline, quote
from chat.history.importers.text.mentions import mention

_user = re.compile(r"@(?P<silent>_?)\*\*(?P<name>[^*|\n]+)(?:\|\d+)?\*\*")
_group = re.compile(r"@_?\*(?P<name>[^*\n]+)\*")
_channel = re.compile(r"#\*\*(?P<channel>[^*>\n]+)(?P<topic>>[^*\n]*?)?(?:@\d+)?\*\*")  # the number is a message's
_time = re.compile(r"<time:(?P<time>[^>\n]+)>")
_math = re.compile(r"\$\$(?P<math>[^$\n]+)\$\$")
UPLOAD = re.compile(r"/user_uploads/([^\s()<>\"'?#]+)")
_me = "/me "
_widget = re.compile(r"/(?P<kind>poll|todo)(?!\S)[ \t]*(?P<title>[^\n]*)\n?")


def markdown(text: str, author: str = "") -> str:
    """chatsite's Markdown of a message. `author`: who does what "/me" says."""
    if text.startswith(_me):
        return action(f"{author} {text.removeprefix(_me)}")
    if widget := _widget.match(text):
        head = f"{'Poll' if widget['kind'] == 'poll' else 'To-do'}: {widget['title'].strip()}".removesuffix(": ")
        items = [line.strip().removeprefix("* ") for line in text[widget.end() :].split("\n")]
        return "\n".join([inline([Run(head, bold=True)]), *(bullet(inline([Run(item)])) for item in items if item)])
    return commonmark(text, _dialect())


@cache
def _dialect() -> Dialect:
    made = parser()
    add_reference(made, "user", _user, lambda found: Run(mention(found["name"]), raw=True))
    add_reference(made, "group", _group, lambda found: Run(mention(found["name"]), raw=True))
    add_reference(made, "channel", _channel, lambda found: Run(_place(found["channel"], found["topic"])))
    add_reference(made, "time", _time, lambda found: Run(found["time"]))
    add_reference(made, "math", _math, lambda found: Run(found["math"], code=True))
    return Dialect(made, _fence, _other_link)


def _place(channel: str, topic: str | None) -> str:
    """`#channel > topic`; a topic without a name is called as Zulip calls it."""
    return f"#{channel}" if topic is None else f"#{channel} > {topic.removeprefix('>') or 'general chat'}"


def _fence(info: str, code: str, depth: int) -> str | None:
    """Fences that hold messages: a quote, and a spoiler with its title."""
    kind, _, title = info.partition(" ")
    match kind.lower():
        case "quote":
            return quote(commonmark(code, _dialect(), depth + 1))
        case "spoiler":
            head = inline([Run(title.strip(), bold=True)]) if title.strip() else ""
            return "\n".join(filter(None, (head, commonmark(code, _dialect(), depth + 1))))
        case "math" | "latex" | "tex":
            return code_block(code, "latex")
    return None


def _other_link(target: str) -> Run:
    """Nothing behind a link to an upload, which the message has as an attachment, nor behind one inside Zulip."""
    return Run("" if target.startswith(("/user_uploads/", "#")) else f" ({target})")
