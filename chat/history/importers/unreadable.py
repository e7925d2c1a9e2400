"""Forms of export that no reader reads, though people bring them: what each is, and what to do instead."""

import re

from chat.history.importers.source import Source

MAX_LOOKED_AT = 50  # files of a source
_json = "export it again in the format JSON"
_suffixes = (".html", ".htm", ".csv", ".txt", ".json")
_forms = (
    (rb"<title>Exported Data</title>", "an export of Telegram in HTML", f"{_json} (Machine-readable JSON)"),
    (rb"<html.*(?:DiscordChatExporter|\bchatlog\b)", "an export of Discord in HTML", _json),
    (rb"(?:\xef\xbb\xbf)?\"?AuthorID\"?[,;]\"?Author\"?[,;]", "an export of Discord as CSV", _json),
    (rb"(?:\xef\xbb\xbf)?={20,}\r?\nGuild: ", "an export of Discord as text", _json),
    (rb"<html.*\bmx_", "an export of Matrix in HTML", _json),
    (rb"\w{3}, \w{3} \d{1,2}, \d{4}, \d\d?:\d\d.* - ", "an export of Matrix as text", _json),
    (rb'\s*\{.*"(?:conversation_state|conversation_id)"', "an export of Google Hangouts", "there is no reader for it"),
    (rb'\s*\{.*"MessageList"', "an export of Skype", "there is no reader for it"),
    (rb"\s*<(?:!doctype html|html)", "a page in HTML", f"{_json}, if the chat has it"),
)
_patterns = [(re.compile(pattern, re.S | re.I), what, instead) for pattern, what, instead in _forms]


def why_unreadable(source: Source) -> str:
    """A sentence about the first file of such a form, "" if there is none. Raises `BadSource`."""
    for name in [name for name in source.names() if name.lower().endswith(_suffixes)][:MAX_LOOKED_AT]:
        head = source.head(name, 16_384)
        for pattern, what, instead in _patterns:
            if pattern.match(head) or (pattern.pattern[:1] == b"<" and pattern.search(head)):
                return f"{name} is {what}, which is not read: {instead}."
    return ""
