"""The records of a Slack export, with the fields that are needed. What few messages have is decoded only for those."""

import msgspec

from chat.history.importers.typed_records import ABSENT


class SlackMessage(msgspec.Struct, gc=False):
    """A message of a day's file. `ts`: "seconds.micros", UTC, its id in the channel."""

    ts: str | int | None = None
    subtype: str | None = None
    user: str | None = None
    text: str | None = None
    thread_ts: str | None = None
    bot_id: str | None = None
    username: str | None = None
    hidden: bool | None = None
    reply_count: int | None = None
    blocks: msgspec.Raw = ABSENT
    attachments: msgspec.Raw = ABSENT
    files: msgspec.Raw = ABSENT
    file: msgspec.Raw = ABSENT
    comment: msgspec.Raw = ABSENT
    reactions: msgspec.Raw = ABSENT
    edited: msgspec.Raw = ABSENT
    user_profile: msgspec.Raw = ABSENT
    bot_profile: msgspec.Raw = ABSENT


class SlackReaction(msgspec.Struct, gc=False):
    """One emoji on a message. `users` may be fewer than `count`."""

    name: str = ""
    users: list[str] | None = None
    count: int | None = None


class SlackText(msgspec.Struct, gc=False):
    """The topic of a channel."""

    value: str | None = None


class SlackChannel(msgspec.Struct, gc=False):
    """A conversation of channels.json, groups.json, mpims.json or dms.json."""

    id: str = ""
    name: str | None = None
    members: list[str] | None = None
    is_im: bool | None = None
    is_mpim: bool | None = None
    is_private: bool | None = None
    topic: SlackText | None = None
    purpose: SlackText | None = None


class SlackProfile(msgspec.Struct, gc=False):
    """How a user is called. Texts may be ""."""

    display_name: str | None = None
    real_name: str | None = None
    name: str | None = None


class SlackUser(msgspec.Struct, gc=False):
    """A user of users.json."""

    id: str = ""
    name: str | None = None
    real_name: str | None = None
    profile: SlackProfile | None = None
