"""The names of WhatsApp's files: whether a chat is one of two people depends on them."""

from pathlib import Path

import pytest

from chat.history.importers.whatsapp import READER
from chat.history.importers.whatsapp.titles import chat_name
from tests.support.core.imports import Reading, read_all, write_zip


def exported(folder: Path, name: str, *people: str) -> Reading:
    lines = [f"28.04.2023, 11:0{number} - {person}: hi\n" for number, person in enumerate(people)]
    (folder / f"{name}.txt").write_text("".join(lines))
    return read_all(READER, folder / f"{name}.txt")


@pytest.mark.parametrize(
    "name",
    [
        "WhatsApp Chat with Bo",
        "WhatsApp Chat with Bo (1)",
        "WhatsApp-Chat mit Bo",
        "WhatsApp-Chat - Bo",
        "Chat de WhatsApp con Bo",
        "Conversa do WhatsApp com Bo",
        "Czat WhatsApp z użytkownikiem Bo",
        "צ'אט WhatsApp עם Bo",
        "محادثة واتساب مع Bo",
        "Bo के साथ WhatsApp चैट",
        "Bo ile WhatsApp Sohbeti",
        "WhatsApp 与 Bo 的对话",
        "BoとのWhatsAppチャット",
        "แชท WhatsApp กับ Bo",
        "Čet na WhatsApp sa Bo",  # in words that are not known
    ],
)
def test_letters_of_two_people_are_known_in_any_language(tmp_path: Path, name: str) -> None:
    """Regression: in most languages they became a room that everybody reads."""
    (room,) = exported(tmp_path, name, "Ada", "Bo").report.rooms.values()
    assert (room.name, room.direct) == ("Bo", True)


@pytest.mark.parametrize(
    ("name", "people", "title"),
    [
        ("WhatsApp Chat with Garden", ("Ada", "Bo"), "Garden"),
        ("WhatsApp Chat with Bobby", ("Ada", "Bob"), "Bobby"),
        ("WhatsApp Chat with Bo", ("Ada", "Bo", "Cy"), "Bo"),
        ("notes of Bo", ("Ada", "Bo", "Cy"), "notes of Bo"),
    ],
)
def test_a_group_is_a_room(tmp_path: Path, name: str, people: tuple[str, ...], title: str) -> None:
    (room,) = exported(tmp_path, name, *people).report.rooms.values()
    assert (room.name, room.direct) == (title, False)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("WhatsApp Chat with Jose\u0301", "José"),  # as macOS writes names
        ("WhatsApp Chat with  49 170 55501", "+49 170 55501"),
        ("WhatsApp Chat with Bo", "Bo 🌻"),
        ("WhatsApp Chat with Bo_Work", "Bo/Work"),
        ("whatsapp chat with bo", "Bo"),
    ],
)
def test_letters_are_known_by_a_file_s_name_that_lost_signs(tmp_path: Path, name: str, other: str) -> None:
    """Regression: they became a room that everybody reads."""
    (room,) = exported(tmp_path, name, "Ada", other).report.rooms.values()
    assert (room.name, room.direct) == (other, True)


@pytest.mark.parametrize("name", ["backup", "WhatsApp Chat with Bo 2", "Čet sa Ada i Bo"])
def test_letters_in_a_file_that_was_renamed_stay_private(tmp_path: Path, name: str) -> None:
    """Regression: what had no name of WhatsApp's was a room."""
    found = exported(tmp_path, name, "Ada", "Bo").report
    assert [room.direct for room in found.rooms.values()] == [True]
    assert any("nothing says that it is a group" in note for note in found.notes)


def test_letters_that_only_their_owner_wrote_stay_private(tmp_path: Path) -> None:
    """Regression: the other one, who names the chat, was not among those who wrote, as in a group."""
    (room,) = exported(tmp_path, "WhatsApp Chat with Bo", "Ada").report.rooms.values()
    assert (room.name, room.direct) == ("Bo", True)


@pytest.mark.parametrize("mark", ["\u200e", ""])
def test_letters_in_a_zip_of_an_iphone_that_was_renamed_stay_private(tmp_path: Path, mark: str) -> None:
    notice = f"[28.04.23, 11:00:00] Bo: {mark}Messages and calls are end-to-end encrypted.\n"
    path = write_zip(tmp_path / "export.zip", {"_chat.txt": f"{notice}[28.04.23, 11:00:01] Ada: hi\n"})
    (room,) = read_all(READER, path).report.rooms.values()
    assert (room.name, room.direct) == ("Bo", True)


@pytest.mark.parametrize(
    "news", ['Ada created group "Plots: north"', "Ada hat die Gruppe erstellt", "Вы создали группу", "你建立了群組"]
)
def test_news_of_a_group_tell_that_a_chat_of_one_is_none_of_two(tmp_path: Path, news: str) -> None:
    (tmp_path / "export.txt").write_text(f"28.04.23, 11:00 - {news}\n28.04.23, 11:01 - Ada: hi\n")
    (room,) = read_all(READER, tmp_path / "export.txt").report.rooms.values()
    assert not room.direct
    said = f"[28.04.23, 11:00:00] Garden: \u200e{news}\n[28.04.23, 11:00:01] Ada: hi\n"
    path = write_zip(tmp_path / "export.zip", {"_chat.txt": said})
    (room,) = read_all(READER, path).report.rooms.values()
    assert not room.direct


def test_what_people_say_of_groups_makes_no_group(tmp_path: Path) -> None:
    (tmp_path / "export.txt").write_text("28.04.23, 11:00 - Ada: which group?\n28.04.23, 11:01 - Bo: my group\n")
    (room,) = read_all(READER, tmp_path / "export.txt").report.rooms.values()
    assert room.direct


def test_a_script_without_spaces_has_no_edges_of_words() -> None:
    assert chat_name("关于小红的WhatsApp记录", {"小明", "小红"}) == "小红"
