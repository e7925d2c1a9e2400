"""The tables of CHAT_STORAGE=database, where Django looks for them."""

from chat.storage.database.models import Event, Reaction, Room, SearchedRoom, SearchText

__all__ = ["Event", "Reaction", "Room", "SearchText", "SearchedRoom"]
