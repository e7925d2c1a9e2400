"""Who and where: the names of people, teams, channels and chats in an export of Teams."""

import re

from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.people import joined_names
from chat.history.importers.report import PEOPLE, ROOMS, Report
from chat.history.importers.source import Source
from chat.history.importers.teams.files import graph_records, is_whole

_list_of_users = re.compile(r"(?:^|/)userslist\.json$", re.I)
_lists_of_rooms = re.compile(r"(?:^|/)(?:teams(?:list|settings)|(?:channels|chats)(?:_[^/]*)?)\.json$", re.I)
_of_a_member = re.compile(r"(?:^|/)users/([^/]+)/[^/]*$", re.I)
_guid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Directory:
    """What the lists of an export tell, and what its messages tell about people. Chats have names of people."""

    def __init__(self, source: Source, report: Report) -> None:
        self._people: dict[str, str] = {}
        self._rooms: dict[str, str] = {}
        self._topics: dict[str, str] = {}
        self._private: set[str] = set()  # teams and channels
        self._members: dict[str, set[str]] = {}  # of chats
        self._report = report
        names = source.names()
        if is_whole(names) and not any(map(_list_of_users.search, names)):
            report.lack(PEOPLE, "UsersList.json is missing")
        if is_whole(names) and not any(map(_lists_of_rooms.search, names)):
            report.lack(ROOMS, "the list of teams and channels is missing")
        for name in names:
            if _list_of_users.search(name):
                for _, user in graph_records(source, name, report):
                    self._people[string(user, "id")] = string(user, "displayName")
            elif _lists_of_rooms.search(name):
                for _, room in graph_records(source, name, report):
                    self._add_room(room)

    def _add_room(self, room: Record) -> None:
        room_id = string(room, "id", "groupsId")
        name = string(room, "displayName", "topic", "name")
        if not name:
            return
        self._rooms[room_id] = name
        self._topics[room_id] = string(room, "description")
        if general := string(room, "internalId"):  # of a team: its first channel
            self._rooms.setdefault(general, name)
        words = (string(room, key).lower() for key in ("membershipType", "visibility", "privacy"))
        self._private |= {room_id} if "private" in words else set()

    def add_message(self, message: Record, name_of_file: str) -> None:
        """Remember who has written a message, whom it mentions, and in whose file it is."""
        sender_id, name = self._sender(message)
        mentioned = (mapping(mapping(each, "mentioned"), "user") for each in mappings(message, "mentions"))
        for person, known_as in [(sender_id, name), *map(self._person, mentioned)]:
            if known_as:
                self._people.setdefault(person, known_as)
        if chat := string(message, "chatId"):
            owner = _of_a_member.search(name_of_file)
            members = self._members.setdefault(chat, set(_guid.findall(chat)))  # a chat of two is named by their ids
            members.update({sender_id, owner[1] if owner else ""})

    def author(self, message: Record) -> tuple[str, str]:
        """The id and the name of who has written a message: a person, or an application."""
        return self._shown(*self._sender(message))

    def person(self, identity: Record) -> tuple[str, str]:
        """The id and the name of a person. Graph has no name for those who have left."""
        return self._shown(*self._person(identity))

    def _shown(self, person_id: str, name: str) -> tuple[str, str]:
        if not name and person_id:
            self._report.has_no_name(PEOPLE, _short(person_id))
        return person_id or "unknown", name or f"Unknown {_short(person_id)}".strip()

    def _sender(self, message: Record) -> tuple[str, str]:
        identities = (each for each in mapping(message, "from").values() if isinstance(each, dict))
        found = (self._person(each) for each in identities)
        return next((person for person in found if any(person)), ("", ""))

    def _person(self, identity: Record) -> tuple[str, str]:
        person_id = string(identity, "id")
        name = string(identity, "displayName") or self._people.get(person_id, "")
        return person_id or name, name

    def room(self, message: Record, report: Report) -> str:
        """The key of the room of a message, which is told to the report. Raises ValueError."""
        channel, chat = mapping(message, "channelIdentity"), string(message, "chatId")
        team_id, channel_id = string(channel, "teamId"), string(channel, "channelId")
        key = f"{team_id}/{channel_id}" if channel_id else chat
        if not key:
            raise ValueError("the message has no channel and no chat")
        if key not in report.rooms:
            name = self._channel_name(team_id, channel_id) if channel_id else self._chat_name(chat)
            is_private = bool(self._private & {team_id, channel_id})
            report.room(key, name, topic=self._topics.get(channel_id, ""), direct=not channel_id, private=is_private)
        return key

    def _channel_name(self, team_id: str, channel_id: str) -> str:
        team, channel = self._rooms.get(team_id, ""), self._rooms.get(channel_id, "")
        if channel in ("", "General"):  # every team has a channel of this name
            return team or self._report.has_no_name(ROOMS, f"Channel {_short(channel_id)}")
        return f"{team}: {channel}" if team and team != channel else channel

    def _chat_name(self, chat: str) -> str:
        if topic := self._rooms.get(chat):
            return topic
        names = {self._people.get(member, "") for member in self._members.get(chat, ())} - {""}
        return joined_names(sorted(names)) or f"Chat {_short(chat)}"


def _short(identifier: str) -> str:
    """The end of an id that tells it from others, for people."""
    return re.sub(r"[\W_]", "", identifier.partition("@")[0])[-8:]
