"""Drafts of messages and amendments, and what a log shows of them."""

import msgspec

from chat.storage import Draft, FoldedMessage, RoomLog


def amended(type_: str, target: int | None = None, author: str = "alice", **fields: object) -> Draft:
    return msgspec.convert({"type": type_, "author": author, "username": author, "target": target, **fields}, Draft)


def edited(target: int, message: str, author: str = "alice", **fields: object) -> Draft:
    return amended("edit", target, author, message=message, **fields)


def deleted(target: int, author: str = "alice", **fields: object) -> Draft:
    return amended("delete", target, author, **fields)


def reacted(target: int, emoji: str = "👋", author: str = "alice", on: bool = True, **fields: object) -> Draft:
    return amended("reaction", target, author, emoji=emoji, on=on, **fields)


def shown(log: RoomLog) -> list[tuple[int, str | None, int]]:
    """Of every message that a page shows: its id, its text, and the id of the last event that is folded in."""
    return [
        (item.record.id, item.record.message, item.rev) for item in log.items().items if isinstance(item, FoldedMessage)
    ]


def reactions(log: RoomLog, message_id: int) -> dict[str, tuple[str, ...]]:
    message = log.message(message_id)
    return {each.emoji: each.authors for each in message.reactions} if message else {}
