"""What a process does that writes at the same time as others. It imports little, so that it starts soon."""

import os
from collections.abc import Mapping

import django

MESSAGES = 50


def write_own_and_shared(environ: Mapping[str, str], who: str) -> list[int]:
    """Store fifty messages of this process alone, each with one that every process stores; the ids of its own."""
    os.environ.update(environ)
    django.setup()
    from chat.conf import load
    from chat.storage import Draft
    from chat.storage.backends import open_store

    log, own = open_store(load(environ)).open("lobby"), []
    for number in range(MESSAGES):
        authors = (who, "shared")
        batch = [Draft(author=each, username=each, message=each, client_id=str(number)) for each in authors]
        record = log.append(batch)[0].record
        assert record is not None
        own.append(record.id)
    return own
