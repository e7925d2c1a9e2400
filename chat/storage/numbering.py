"""Giving the drafts of a batch their ids, and finding those that were stored before. Pure: no disk."""

from collections.abc import Callable, Sequence

from chat.storage import Draft, IdTaken, Record, Stored
from chat.storage.records import now

Find = Callable[[str, str], Record | None]  # (author, client_id) -> what was stored under it


def number(drafts: Sequence[Draft], last_id: int, find: Find) -> tuple[list[Stored], list[Record]]:
    """What becomes of each draft, in its place, and the records that are to be written for it."""
    timestamp, batch, identity = now(), last_id + 1, last_id
    fresh: dict[tuple[str, str], Record] = {}
    outcomes, records = [], []
    for draft in drafts:
        author, client_id = draft.author, draft.client_id
        known = None if client_id is None else fresh.get((author, client_id)) or find(author, client_id)
        if known is None:
            identity = _next_id(draft, identity)
            records.append(_numbered(draft, identity, batch, timestamp))
            if client_id is not None:
                fresh[author, client_id] = records[-1]
        outcomes.append(Stored(known or records[-1], known is not None))
    return outcomes, records


def _next_id(draft: Draft, last: int) -> int:
    if draft.id is not None and draft.id <= last:
        raise IdTaken(f"a draft asks for id {draft.id}, and ids up to {last} are given")
    return draft.id or last + 1


def _numbered(draft: Draft, identity: int, batch: int, timestamp: str) -> Record:
    return Record(
        id=identity,
        type="message",
        author=draft.author,
        username=draft.username,
        message=draft.message,
        timestamp=draft.timestamp or timestamp,
        client_id=draft.client_id,
        reply_to=draft.reply_to,
        batch=batch,
    )
