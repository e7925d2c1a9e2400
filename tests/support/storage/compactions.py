"""Random amendments, and everything that can be seen of a room."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from chat.storage import Draft, FoldedMessage, RoomLog
from tests.support.storage.expected_history import said

people = st.sampled_from(["alice", "bea"])
targets = st.integers(2, 12)
drafts = st.one_of(
    st.builds(said, st.sampled_from(["hi", "ja", "größer"]), author=people),
    st.builds(lambda a, t, m: amendment("edit", a, target=t, message=m), people, targets, st.sampled_from("abc")),
    st.builds(lambda a, t: amendment("delete", a, target=t), people, targets),
    st.builds(
        lambda a, t, e, on: amendment("reaction", a, target=t, emoji=e, on=on),
        people,
        targets,
        st.sampled_from("👍👎"),
        st.booleans(),
    ),
    st.builds(lambda a, topic: amendment("topic", a, topic=topic), people, st.sampled_from(["", "cake"])),
)


def amendment(kind: str, author: str, **fields: Any) -> Draft:
    return Draft(type=kind, author=author, username=author, **fields)


def seen(log: RoomLog) -> tuple[object, ...]:
    """What can be seen of a room; the `rev` of a message may become smaller."""
    items = [
        msgspec.structs.replace(item, rev=0, record=msgspec.structs.replace(item.record, crc=None, batch=None))
        if isinstance(item, FoldedMessage)
        else item
        for item in log.items(limit=100).items
    ]
    newest = [[text.message for text in log.texts(number)][-1:] for number in range(2, 15)]
    return items, newest, log.topic, log.name, log.epoch, log.last_id, log.tally.messages
