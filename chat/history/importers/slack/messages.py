"""Messages of Slack as neutral entries. What Slack itself says (joins, topics, pins) is counted, not imported."""

import re
from typing import NamedTuple

import msgspec

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.fields import string
from chat.history.importers.reasons import DELETED, EMPTY, JOINS, UNNAMED_PEOPLE
from chat.history.importers.report import BOTS, PEOPLE, Report
from chat.history.importers.slack.files import attached_files, attachment_texts, file_texts
from chat.history.importers.slack.records import SlackMessage, SlackReaction
from chat.history.importers.slack.workspace import Workspace
from chat.history.importers.text.markdown import action
from chat.history.importers.text.slack import is_unmarked, markdown, plain
from chat.history.importers.text.slack_blocks import blocks_markdown
from chat.history.importers.typed_records import ABSENT, BadRecord, objects, tolerant_record

# Subtypes that are no talk, by the beginning of their name, and what they are called.
NEWS = (
    (("channel_join", "channel_leave", "group_join", "group_leave", "joiner", "app_conversation"), JOINS),
    (
        ("channel_topic", "channel_purpose", "channel_name", "group_topic", "group_purpose", "group_name"),
        "changed topics and names",
    ),
    (("channel_", "group_", "tabbed_canvas", "ekm_", "external_"), "changes of channels"),
    (("pinned_item", "unpinned_item"), "pins"),
    (("sh_room", "huddle", "room_"), "huddles and calls"),
    (("tombstone", "message_deleted"), DELETED),
    (("message_changed",), "earlier versions of messages"),
    (("reply_broadcast", "message_replied", "file_mention"), "copies that Slack made"),
    (("bot_add", "bot_remove", "bot_enable", "bot_disable"), "apps added and removed"),
    (("reminder_",), "reminders"),
)
TALK = {"", "bot_message", "me_message", "thread_broadcast", "file_share", "file_comment", "slackbot_response"}
NEVER_ANSWERED = {DELETED, "copies that Slack made", "earlier versions of messages"}
OTHER_NEWS = "other messages that Slack made"

_TS_LENGTH = len("1452837318.000002")
_list_line = re.compile(r"^ *\w{1,3}\. ", re.M)
_generated = re.compile(r"<@[^>]+>(?: [^\s<:]+){1,8}:? <[^>]*>(?: and commented: ?(?P<words>.*))?", re.S)
_reactions = msgspec.json.Decoder(list[SlackReaction])


class _Share(NamedTuple):
    """An upload of the years before 2018: the message that it made, and what was said with it."""

    ts: str
    words: str


class Messages:
    """Reads the messages of one conversation. Days come in order, so that a comment finds the upload of its file."""

    def __init__(self, room: str, workspace: Workspace, report: Report) -> None:
        self._room = room
        self._workspace = workspace
        self._report = report
        self._shares: dict[str, _Share] = {}

    def entry(self, message: SlackMessage, place: str) -> NeutralEntry | None:
        """The entry of a message; None if it is counted instead. Raises `BadRecord`."""
        ts, moment, order = split_ts(message.ts)
        if message.subtype and (reason := _news(message)):
            if reason not in NEVER_ANSWERED and message.reply_count:
                return self._answered_news(message, place)
            self._report.skip(reason)
            return None
        if message.subtype in ("file_share", "file_comment") and message.file is not ABSENT:
            return self._old_file(message, ts, place)
        if message.hidden:
            self._report.skip(OTHER_NEWS)
            return None
        author_id, author_name = self._author(message)
        text = self._text(message, author_name)
        files: tuple[Attachment, ...] = ()
        if message.attachments is not ABSENT or message.files is not ABSENT or message.file is not ABSENT:
            text, files = self._with_attachments(message, text)
        if not text and not files:
            self._report.skip(EMPTY)
            return None
        thread = message.thread_ts
        return NeutralEntry(
            self._room,
            ts,
            author_id,
            author_name,
            moment,
            text,
            place,
            order,
            thread if thread != ts else None,
            self._edited(message) if message.edited is not ABSENT else None,
            self._reactions(message.reactions) if message.reactions is not ABSENT else (),
            files,
        )

    def _answered_news(self, message: SlackMessage, place: str) -> NeutralEntry | None:
        """A line for a huddle, or for somebody who joined, under which people talk in a thread."""
        kind = (message.subtype or "").removesuffix("_thread").replace("_", " ")
        said = msgspec.structs.replace(message, subtype=None, text=message.text or f"[{kind}]", hidden=None)
        return self.entry(said, place)

    def _author(self, message: SlackMessage) -> tuple[str, str]:
        """The id and the name. A bot may have another name in every message; it may have a user's id, or its own."""
        user = message.user
        if user and not message.bot_id:
            name = self._workspace.user_name(user)
            if not name and message.user_profile is not ABSENT:
                name = self._workspace.learn_user(user, message.user_profile)
            return user, name or message.username or self._report.has_no_name(PEOPLE, user)
        if message.bot_id:
            name = message.username or self._workspace.user_name(message.bot_id)
            if not name and message.bot_profile is not ABSENT:
                name = self._workspace.learn_user(message.bot_id, message.bot_profile)
            name = name or (self._workspace.user_name(user) if user else "")
            return user or message.bot_id, name or self._report.has_no_name(BOTS, message.bot_id)
        return (message.username, message.username) if message.username else ("unknown", "unknown")

    def _person(self, user_id: str) -> str:
        return self._workspace.user_name(user_id) or self._report.has_no_name(PEOPLE, user_id)

    def _text(self, message: SlackMessage, author_name: str) -> str:
        text = message.text or ""
        if message.subtype == "me_message":
            return action(f"{author_name} {plain(text, self._workspace)}")
        if message.blocks is not ABSENT and _wants_blocks(message, text):
            if "|" in text:
                self._workspace.learn_labels(text)
            blocks = blocks_markdown(objects(message.blocks), self._workspace)
            return blocks or markdown(text, self._workspace)
        return markdown(text, self._workspace)

    def _with_attachments(self, message: SlackMessage, text: str) -> tuple[str, tuple[Attachment, ...]]:
        files = objects(message.files) or objects(message.file)
        texts = [text, *attachment_texts(objects(message.attachments), message.text or "", self._workspace)]
        texts += file_texts(files, self._workspace)
        return _paragraphs(texts), attached_files(files, self._workspace.uploads)

    def _old_file(self, message: SlackMessage, ts: str, place: str) -> NeutralEntry | None:
        """Uploads and comments of the years before 2018: Slack wrote their text, the words are elsewhere in it."""
        files = objects(message.file)
        file_id = string(files[0], "id") if files else ""
        comment = next(iter(objects(message.comment)), {})
        if message.subtype == "file_comment":
            return self._comment(message, comment, file_id, place)
        found = _generated.fullmatch(message.text or "")
        initial = string(files[0].get("initial_comment"), "comment") if files else ""
        words = (found["words"] or initial) if found else message.text or ""
        if file_id:
            self._shares.setdefault(file_id, _Share(ts, words))
        plain_message = msgspec.structs.replace(message, subtype=None, text=words, blocks=ABSENT)
        return self.entry(plain_message, place)

    def _comment(
        self, message: SlackMessage, comment: dict[str, object], file_id: str, place: str
    ) -> NeutralEntry | None:
        """A comment on a file answers the message with the file. It has no author but in `comment`."""
        share = self._shares.get(file_id)
        words = string(comment, "comment") or message.text or ""
        if share and words == share.words:
            self._report.skip("copies that Slack made")
            return None
        user = string(comment, "user") or message.user
        said = msgspec.structs.replace(message, subtype=None, text=words, user=user, file=ABSENT, blocks=ABSENT)
        if share is None:
            return self.entry(msgspec.structs.replace(said, files=message.file), place)
        return self.entry(msgspec.structs.replace(said, thread_ts=share.ts), place)

    def _edited(self, message: SlackMessage) -> int | None:
        found = objects(message.edited)
        try:
            return split_ts(found[0].get("ts"))[1] if found else None
        except BadRecord:
            return None

    def _reactions(self, data: msgspec.Raw) -> tuple[NeutralReaction, ...]:
        found = []
        for reaction in _decoded_reactions(data):
            users = reaction.users or []
            found += [NeutralReaction(reaction.name, user, self._person(user)) for user in users]
            self._report.skip(UNNAMED_PEOPLE, max(0, (reaction.count or 0) - len(users)))
        return tuple(found)


def split_ts(ts: object) -> tuple[str, int, int]:
    """The id "seconds.micros", the moment in milliseconds, and the microseconds in it. Raises `BadRecord`."""
    if isinstance(ts, str) and len(ts) == _TS_LENGTH and ts[10] == ".":
        digits = ts[:10] + ts[11:]
        if digits.isdecimal():
            moment, order = divmod(int(digits), 1000)
            return ts, moment, order
    seconds, _, micros = str(ts).partition(".")
    micros = f"{micros:0<6}"[:6]
    if not (seconds.isdecimal() and micros.isdecimal() and 0 < int(seconds) < 10**11):
        raise BadRecord(f"no time in ts: {ts!r}")
    return str(ts), int(seconds) * 1000 + int(micros[:3]), int(micros[3:])


def _news(message: SlackMessage) -> str:
    """The reason under which a message is counted that Slack made of something that somebody did; "" for talk.

    A subtype that is not known is talk unless its text begins like Slack's own: "<@U1> did something".
    """
    subtype = message.subtype or ""
    if subtype in TALK:
        return ""
    for beginnings, reason in NEWS:
        if subtype.startswith(beginnings):
            return reason
    return OTHER_NEWS if (message.text or "").startswith("<@") or not message.text and message.blocks is ABSENT else ""


def _wants_blocks(message: SlackMessage, text: str) -> bool:
    """Blocks of people repeat the text, and are slower to read: they are wanted where the text is ambiguous."""
    if not text or message.bot_id or not is_unmarked(text) or ("\n" in text and _list_line.search(text)):
        return True
    blocks = bytes(message.blocks)
    return b'"rich_text"' not in blocks or b'"table"' in blocks or b'"canvas"' in blocks


def _decoded_reactions(data: msgspec.Raw) -> list[SlackReaction]:
    try:
        return _reactions.decode(data)
    except (msgspec.DecodeError, UnicodeError):
        return [tolerant_record(each, SlackReaction) for each in objects(data)]


def _paragraphs(texts: list[str]) -> str:
    """One below the other; an empty line keeps two quotes apart."""
    found = ""
    for text in filter(None, texts):
        last = found.rpartition("\n")[2]
        found += ("\n\n" if last.startswith(">") and text.startswith(">") else "\n" if found else "") + text
    return found
