"""The records of Mattermost's bulk export, with the fields that are needed."""

import msgspec

from chat.history.importers.typed_records import ABSENT


class Post(msgspec.Struct, gc=False):
    """A post, a reply or a direct post. Times are in milliseconds; 0: never."""

    team: str | None = None
    channel: str | None = None
    channel_members: list[str] | None = None
    user: str | None = None
    type: str | None = None
    message: str | None = None
    create_at: int | None = None
    edit_at: int | None = None
    delete_at: int | None = None
    props: msgspec.Raw = ABSENT
    reactions: msgspec.Raw = ABSENT
    attachments: msgspec.Raw = ABSENT
    replies: "list[Post] | None" = None


class Channel(msgspec.Struct, gc=False):
    """A channel; `name` is that of its address."""

    team: str | None = None
    name: str = ""
    display_name: str | None = None
    type: str | None = None
    header: str | None = None
    purpose: str | None = None


class Line(msgspec.Struct, gc=False):
    """A line of the export; the field that `type` names has the record."""

    type: str = ""
    channel: Channel | None = None
    post: Post | None = None
    direct_post: Post | None = None
