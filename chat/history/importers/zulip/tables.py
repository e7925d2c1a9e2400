"""The tables of Zulip's export, with the columns that are needed."""

import msgspec


class User(msgspec.Struct, gc=False):
    """A person, or a bot; those of Zulip itself have no name but their address."""

    id: int = 0
    full_name: str | None = None
    email: str | None = None


class Stream(msgspec.Struct, gc=False):
    """A channel."""

    id: int = 0
    name: str | None = None
    description: str | None = None
    invite_only: bool | None = None


class Recipient(msgspec.Struct, gc=False):
    """Whom messages go to: `type_id` is the id of a person, a channel or a group."""

    id: int = 0
    type: int = 0
    type_id: int = 0


class Subscription(msgspec.Struct, gc=False):
    """Who belongs to a recipient."""

    recipient: int = 0
    user_profile: int = 0


class Reaction(msgspec.Struct, gc=False):
    """A reaction. `emoji_code`: code points in hexadecimal, for `reaction_type` unicode_emoji."""

    message: int = 0
    user_profile: int = 0
    emoji_name: str | None = None
    emoji_code: str | None = None
    reaction_type: str | None = None


class Realm(msgspec.Struct, gc=False):
    """The tables of realm.json that are needed."""

    zerver_userprofile: list[User] | None = None
    zerver_userprofile_mirrordummy: list[User] | None = None
    zerver_userprofile_crossrealm: list[User] | None = None
    zerver_stream: list[Stream] | None = None
    zerver_recipient: list[Recipient] | None = None
    zerver_subscription: list[Subscription] | None = None
    zerver_reaction: list[Reaction] | None = None


class Message(msgspec.Struct, gc=False):
    """A message. Times are seconds, as floats; `recipient` is the id of a recipient, not of a channel."""

    id: int = 0
    sender: int = 0
    recipient: int = 0
    subject: str | None = None
    content: str | None = None
    date_sent: float | None = None
    pub_date: float | None = None  # its name until 2019
    last_edit_time: float | None = None
    edit_history: str | None = None


class MessageFile(msgspec.Struct, gc=False):
    """A file of messages."""

    zerver_message: list[Message] | None = None
