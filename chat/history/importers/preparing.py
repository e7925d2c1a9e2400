"""Entries as readers yield them become entries that can be stored: text, times and reactions as chatsite has them."""

import re
from collections.abc import Iterator

import msgspec

from chat.history.drafts import MAX_IMPORTED_MESSAGE
from chat.history.importers.attachments import attachment_line
from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.reasons import EMPTY, UNKNOWN_EMOJI
from chat.history.importers.report import Report
from chat.history.importers.text.shortcodes import emoji_of
from chat.storage.folding import MAX_REACTION_KINDS
from chat.wire.message_text import is_visible, normalize_message

LAST_MOMENT = 253_402_300_799_999  # 9999-12-31, the last that a timestamp can say; the first is that of 1970
TOO_MANY_EMOJI = f"reactions beyond {MAX_REACTION_KINDS} different emoji on one message"
BAD_TIME = "its time is not one between 1970 and 9999"

_unwanted = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_replacement = "\ufffd"


class Preparation:
    """What is left out is told to the report."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def prepared(self, entries: list[NeutralEntry]) -> list[NeutralEntry]:
        """The entries that can be stored. Most of them are as they were: each step here counts a million times."""
        prepared: list[NeutralEntry] = []
        for entry in entries:
            text = entry.text
            # Printable: without line breaks and control characters, and the only blank is the space.
            is_plain = text.isprintable() and "!" <= text[:1] <= "~" and text[-1] != " "
            is_usual = not entry.attachments and not entry.reactions and entry.edited is None
            if is_plain and is_usual and 0 <= entry.moment <= LAST_MOMENT and len(text) <= MAX_IMPORTED_MESSAGE:
                prepared.append(entry)
            else:
                prepared += self._changed(entry)
        return prepared

    def _changed(self, entry: NeutralEntry) -> Iterator[NeutralEntry]:
        if not 0 <= entry.moment <= LAST_MOMENT:
            self._report.problem(entry.place, BAD_TIME)
            return
        text = clean_text(entry.text)
        if entry.attachments:
            lines = [attachment_line(attachment) for attachment in entry.attachments]
            text = clean_text("\n".join([text, *lines] if text else lines))
        if not is_visible(text):
            self._report.skip(EMPTY)
            return
        reactions = self._reactions(entry) if entry.reactions else ()
        edited = entry.edited if entry.edited is not None and 0 <= entry.edited <= LAST_MOMENT else None
        changed = msgspec.structs.replace(entry, text=text, attachments=(), reactions=reactions, edited=edited)
        yield from [changed] if len(text) <= MAX_IMPORTED_MESSAGE else _parts(changed)

    def _reactions(self, entry: NeutralEntry) -> tuple[NeutralReaction, ...]:
        found: dict[tuple[str, str], NeutralReaction] = {}  # by emoji and person: a second one says nothing new
        kinds: set[str] = set()
        for reaction in entry.reactions:
            emoji = emoji_of(reaction.emoji)
            if emoji is None:
                self._report.skip(UNKNOWN_EMOJI)
            elif emoji not in kinds and len(kinds) >= MAX_REACTION_KINDS:
                self._report.skip(TOO_MANY_EMOJI)
            else:
                kinds.add(emoji)
                person = NeutralReaction(emoji, reaction.author_id, reaction.author_name)
                found.setdefault((emoji, reaction.author_id), person)
        return tuple(found.values())


def clean_text(text: str) -> str:
    """A text as messages have it, without control characters; what is no character becomes U+FFFD."""
    if not text.isprintable():
        text = _unwanted.sub(lambda found: _replacement if found[0] >= "\ud800" else "", text)
    return normalize_message(text)


def _parts(entry: NeutralEntry) -> Iterator[NeutralEntry]:
    """A text that is longer than any message may be, as several messages, cut at the ends of lines where it has some.

    The first one has the reply, the reactions, and the id that others answer.
    """
    rest, number = entry.text, 1
    while rest:
        is_last = len(rest) <= MAX_IMPORTED_MESSAGE
        end = len(rest) if is_last else rest.rfind("\n", 1, MAX_IMPORTED_MESSAGE)
        end = end if end > 0 else MAX_IMPORTED_MESSAGE
        text, rest = normalize_message(rest[:end]), rest[end:].lstrip("\n")
        if is_visible(text):
            yield _part(entry, text, number)
            number += 1


def _part(entry: NeutralEntry, text: str, number: int) -> NeutralEntry:
    if number == 1:
        return msgspec.structs.replace(entry, text=text)
    source_id = f"{entry.source_id}+{number}" if entry.source_id else ""
    return msgspec.structs.replace(entry, text=text, source_id=source_id, reply_to=None, reactions=(), edited=None)
