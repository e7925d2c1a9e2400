"""Assigns ids to the drafts of a batch, and finds repeats of stored ones. Pure: the same in every backend."""

from collections.abc import Callable, Sequence

from chat.storage import AppendOutcome, Draft, IdTaken, Record
from chat.storage.records import FIELD_GETTERS, record_from_draft
from chat.storage.timestamps import now

Find = Callable[[str, str], Record | None]  # (author, client_id) -> the record stored with it


def assign_ids(drafts: Sequence[Draft], last_id: int, find: Find) -> tuple[list[AppendOutcome], list[Record]]:
    """The outcome of each draft, in order, and the records to write. Raises `IdTaken`."""
    timestamp, batch_id, record_id = now(), last_id + 1, last_id
    in_batch: dict[tuple[str, str], Record] = {}
    outcomes, records = [], []
    for draft in drafts:
        author, client_id = draft.author, draft.client_id
        stored = None if client_id is None else in_batch.get((author, client_id)) or find(author, client_id)
        if stored is None:
            if draft.type not in FIELD_GETTERS or None in FIELD_GETTERS[draft.type](draft):
                raise ValueError(f"not a draft of a stored type with all of its fields: {draft}")
            record_id = record_id + 1 if draft.id is None else _chosen_id(draft.id, record_id)
            records.append(record_from_draft(draft, record_id, batch_id, timestamp))
            if client_id is not None:
                in_batch[author, client_id] = records[-1]
        outcomes.append(AppendOutcome(stored or records[-1], stored is not None))
    return outcomes, records


def _chosen_id(chosen: int, last: int) -> int:
    if chosen <= last:
        raise IdTaken(f"a draft asks for id {chosen}, and ids up to {last} are given")
    return chosen
