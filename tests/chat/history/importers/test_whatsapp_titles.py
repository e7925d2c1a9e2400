"""The names of WhatsApp's files: whether a chat is one of two people depends on them."""

from pathlib import Path

import pytest

from chat.history.importers.whatsapp import READER
from chat.history.importers.whatsapp.titles import chat_name
from tests.support.core.imports import Reading, read_all


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
        ("Čet na WhatsApp sa Bobby", ("Ada", "Bob"), "Čet na WhatsApp sa Bobby"),
        ("Čet na WhatsApp sa Ada i Bo", ("Ada", "Bo"), "Čet na WhatsApp sa Ada i Bo"),
        ("notes of Bo", ("Ada", "Bo"), "notes of Bo"),
    ],
)
def test_a_group_is_a_room(tmp_path: Path, name: str, people: tuple[str, ...], title: str) -> None:
    (room,) = exported(tmp_path, name, *people).report.rooms.values()
    assert (room.name, room.direct) == (title, False)


def test_a_script_without_spaces_has_no_edges_of_words() -> None:
    assert chat_name("关于小红的WhatsApp记录", {"小明", "小红"}) == "小红"
