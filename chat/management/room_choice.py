"""Which room the owner means by `--room`, by its address or its name. Two names never meet silently in one address."""

from django.core.management.base import CommandError

from chat.management.owner_command import USAGE
from chat.storage import RoomInfo, Store
from chat.text.names import BadName, clean_room_name, folded, free_slug, is_room_slug, room_slug


def room_to_write(store: Store, text: str) -> str:
    """The slug of a room that exists, or of a new one, which is created if it has a name of its own.

    Raises CommandError if another room has that address, or is called like it, and `StorageError`.
    """
    if is_room_slug(text) and store.find(text) is not None:
        return text
    infos = store.rooms()
    named = next((info for info in infos if folded(info.name) == folded(text)), None)
    if named is None:
        return text if is_room_slug(text) else _new_room(store, text, infos)
    if is_room_slug(text):
        sentence = f'The room "{named.name}" has another address: {named.room}.'
        raise CommandError(f"{sentence} Say --room {named.room} to write there.", returncode=USAGE)
    return named.room


def _new_room(store: Store, text: str, infos: list[RoomInfo]) -> str:
    try:
        name = clean_room_name(text)
        slug = room_slug(name)
    except BadName as error:
        raise CommandError(str(error), returncode=USAGE) from None
    if (other := next((info for info in infos if info.room == slug), None)) is not None:
        raise CommandError(taken(other, [info.room for info in infos]), returncode=USAGE)
    store.create(slug, name)
    return slug


def taken(other: RoomInfo, slugs: list[str]) -> str:
    """The sentence about an address that a room of another name has."""
    free = free_slug(other.room, lambda each: each not in slugs)
    return (
        f'The room "{other.name}" lives at the address {other.room}. '
        f"Say --room {other.room} to write there, or --room {free} for a room of its own."
    )
