"""import_history gives no room the name of another."""

from pathlib import Path

from tests.chat.management.test_import_history import event, jsonl
from tests.support.core.command_rooms import Call, Rooms


def test_an_imported_room_does_not_take_the_name_or_the_address_of_another(
    rooms: Rooms, call: Call, tmp_path: Path
) -> None:
    rooms.store.create("lobby", "The Hall")
    file = jsonl(
        tmp_path,
        event(room="old", type="room", name="Lobby", message=None),
        event(room="old"),
        event(room="older", type="room", name="the hall", message=None),
        event(room="older"),
    )
    notes = call("import_history", file).err
    assert 'old: is called "Lobby" in the file, as the room at lobby is here, or its address.' in notes
    assert 'older: is called "the hall" in the file, as the room at lobby is here, or its address.' in notes
    assert {info.room: info.name for info in rooms.store.rooms()} == {
        "lobby": "The Hall",
        "old": "old",
        "older": "older",
    }
    assert rooms.texts("old") == rooms.texts("older") == ["hi"]
