"""chat/history/importers/whatsapp/: what real exports hold. Each trap has a test."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chat.history.importers.source import BadSource, Source
from chat.history.importers.times import OpenDateOrder
from chat.history.importers.whatsapp import READER
from tests.support.core.imports import Reading, read_all

LRM, NNBSP, NBSP = "\u200e", "\u202f", "\u00a0"
FIRST = "[28/04/23, 11:02:30] Garden: \u200eMessages and calls are end-to-end encrypted."


def ios(path: Path, *lines: str) -> Reading:
    """An export of iOS, 24 hours, whose dates are day/month."""
    return read_all(READER, chat(path / "_chat.txt", FIRST, *(f"[28/04/23, {line}" for line in lines), end="\r\n"))


def android(path: Path, *lines: str, **options) -> Reading:
    return read_all(READER, chat(path / "WhatsApp Chat with Garden.txt", *lines), **options)


def chat(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def time_of(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M:%S}"


SHAPES = [
    ("28.04.23, 19:02 - Ada: x", "2023-04-28 19:02:00"),
    ("[28.04.23, 19:02:30] Ada: x", "2023-04-28 19:02:30"),
    ("28.04.23, 19.02 - Ada: x", "2023-04-28 19:02:00"),
    ("2016/04/29, 11:25 - Ada: x", "2016-04-29 11:25:00"),
    ("[01/20/19 11:23] Ada: x", "2019-01-20 11:23:00"),
    (f"01/20/2020, 11:25 a.{NBSP}m. - Ada: x", "2020-01-20 11:25:00"),
    (f"28/3/2025, 9:29{NNBSP}p.{NBSP}m. - Ada: x", "2025-03-28 21:29:00"),
    ("22.05.18 à 18:00 - Ada: x", "2018-05-22 18:00:00"),
    ("[13.3.2022 klo 14.08.18] Ada: x", "2022-03-13 14:08:18"),
    ("[2023. 1. 4. 오후 7:02:30] Ada: x", "2023-01-04 19:02:30"),
    ("2023년 1월 4일 오전 12:02 - Ada: x", "2023-01-04 00:02:00"),
    ("2023/1/4 下午7:02 - Ada: x", "2023-01-04 19:02:00"),
    ("[٢٤\u200f/١\u200f/٢٠٢٣، ٧:٠٢:٣٠ م] Ada: x", "2023-01-24 19:02:30"),
    ("२४/१/२३, ७:०२ अपराह्न - Ada: x", "2023-01-24 19:02:00"),
    ("24.01.23 г., 19:02 ч. - Ada: x", "2023-01-24 19:02:00"),
    ("2023-01-04 19 h 02 - Ada: x", "2023-01-04 19:02:00"),
    ("19:02, 24/01/2023 - Ada: x", "2023-01-24 19:02:00"),
    ("24/1/2566 19:02 - Ada: x", "2023-01-24 19:02:00"),
    ("[۱۴۰۱/۱۰/۱۴،\u200f ۱۹:۰۲:۳۰] Ada: x", "2023-01-04 19:02:30"),
    (f"{LRM}[24/1/23, 12:02:30{NNBSP}AM] Ada: x", "2023-01-24 00:02:30"),
    ("24/8/19, 11:28:51 PM: Ada: x", "2019-08-24 23:28:51"),
]


@pytest.mark.parametrize(("line", "time"), SHAPES)
def test_a_phone_s_language_makes_the_shape_of_the_stamp(line, time, tmp_path) -> None:
    found = android(tmp_path, line)
    assert [(entry.author_name, entry.text, time_of(entry.moment)) for entry in found.entries] == [("Ada", "x", time)]


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        ("4:15 matin|12:00 midi|3:30 après-midi|8:45 soir|11:10 du soir", "04:15 12:00 15:30 20:45 23:10"),
        ("12:10 nuit|2:05 nuit|11:50 nuit", "00:10 02:05 23:50"),
        ("9:15 de la mañana|1:15 de la tarde|8:15 de la noche|1:15 de la madrugada", "09:15 13:15 20:15 01:15"),
        ("7:00 da manhã|3:00 da tarde|7:30 da noite|12:30 meia-noite", "07:00 15:00 19:30 00:30"),
        ("7:00 morgens|11:30 vormittags|12:15 mittags|3:00 nachm.|12:20 nachts", "07:00 11:30 12:15 15:00 00:20"),
        ("7:00 утра|1:00 дня|8:00 вечера|2:00 ночи", "07:00 13:00 20:00 02:00"),
        ("7:00 sabah|3:00 öğleden sonra|8:00 akşam|11:00 gece", "07:00 15:00 20:00 23:00"),
        ("6:00 pagi|11:00 siang|1:00 siang|4:00 sore|9:00 malam", "06:00 11:00 13:00 16:00 21:00"),
        ("7:00 सुबह|1:00 दोपहर|5:00 शाम|9:00 रात|1:00 रात", "07:00 13:00 17:00 21:00 01:00"),
        ("凌晨4:15|中午12:00|晚上8:45|半夜12:10", "04:15 12:00 20:45 00:10"),
        ("새벽 4:15|낮 12:00|저녁 8:45|밤 12:10", "04:15 12:00 20:45 00:10"),
    ],
)
def test_a_phone_may_have_more_words_for_the_time_of_day_than_two(stamps, times, tmp_path) -> None:
    """Words that were not known left their hours in the morning, and nobody was told."""
    found = android(tmp_path, *(f"24/1/23 {stamp} - Ada: x" for stamp in stamps.split("|")))
    assert [time_of(entry.moment)[11:16] for entry in found.entries] == times.split()
    assert found.report.problems == []


def test_words_for_morning_and_evening_of_any_language_are_known_by_their_order_in_a_day(tmp_path) -> None:
    times = ["24/1/23, නව 9:00", "24/1/23, පව 1:00", "25/1/23, පව 12:30", "26/1/23, නව 12:30", "26/1/23, පව 11:00"]
    found = android(tmp_path, *(f"{time} - Ada: x" for time in times))
    hours = [time_of(entry.moment)[11:16] for entry in found.entries]
    assert hours == ["09:00", "13:00", "12:30", "00:30", "23:00"]


def test_a_word_beside_a_time_of_24_hours_is_no_half_of_the_day(tmp_path) -> None:
    found = android(tmp_path, "24/1/23, 9:00 xy - Ada: a", "24/1/23, 13:00 xz - Ada: a", "24/1/23, 12:30 xy - Ada: a")
    assert [time_of(entry.moment)[11:16] for entry in found.entries] == ["09:00", "13:00", "12:30"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_editor_may_have_saved_the_text_anew(encoding, tmp_path) -> None:
    text = "28/4/23, 10:00 - Ada: größer 😀\r\n28/4/23, 10:01 - Bea: ok\r\n"
    (tmp_path / "chat.txt").write_bytes(text.encode(encoding))
    assert read_all(READER, tmp_path / "chat.txt").texts == ["größer 😀", "ok"]


@pytest.mark.parametrize(
    "line",
    [
        "2026-02-28 23:58:33\t@bob\thello",
        "[2026-11-29T14:09:18.554Z] <@bob> t: x",
        "Sun, Nov 29, 2026, 14:26:03 - Ada: x",
        "[23:58:33] <bob> x: y",
        "2024-01-04 19:02:30 INFO: it runs",
    ],
)
def test_other_programs_logs_are_not_taken_for_whatsapp(line, tmp_path) -> None:
    with Source(chat(tmp_path / "log.txt", line)) as source:
        assert not READER.recognizes(source)


def test_a_narrow_space_and_a_direction_mark_may_stand_in_one_line_and_miss_in_the_next(tmp_path) -> None:
    lines = [f"{LRM}[24/04/23, 7:02:30{NNBSP}PM] Ada: {LRM}image omitted", "[24/04/23, 7:02:31 PM] Ada: hello"]
    found = read_all(READER, chat(tmp_path / "_chat.txt", *lines))
    assert [time_of(entry.moment)[-8:] for entry in found.entries] == ["19:02:30", "19:02:31"]
    found = android(tmp_path, f"24.04.23,{NNBSP}19:02{NBSP}- Ada: a", "24.04.23, 19:02 - Ada: b")
    assert found.texts == ["a", "b"]


def test_files_that_were_put_together_may_have_several_signs_between_the_numbers(tmp_path) -> None:
    found = android(tmp_path, "28/04/2023, 19:02 - Ada: a", "29.04.2023, 19:02 - Bea: b", "30-04-2023, 19:02 - Ada: c")
    assert [time_of(entry.moment)[:10] for entry in found.entries] == ["2023-04-28", "2023-04-29", "2023-04-30"]


@pytest.mark.parametrize(
    "notice",
    ["Messages and calls are end-to-end encrypted. Only you…", "Nachrichten und Anrufe sind Ende-zu-Ende-verschl…"],
)
def test_the_notice_about_encryption_may_have_lost_its_mark(notice, tmp_path) -> None:
    """Regression: editors and web pages drop direction marks; the notice was a message of somebody."""
    lines = [f"[28/04/23, 11:02:30] Ada: {notice}", "[28/04/23, 11:02:31] Ada: hello"]
    quoted = f"[28/04/23, 11:02:40] Bea: {notice}"
    found = read_all(READER, chat(tmp_path / "_chat.txt", *lines, *["[28/04/23, 11:02:32] Bea: x"] * 2, quoted))
    assert found.texts == ["hello", "x", "x", notice]
    assert found.report.skipped == {"system messages": 1}


def test_a_number_above_12_anywhere_in_the_file_decides_the_order_of_all_dates(tmp_path) -> None:
    found = android(tmp_path, "1/4/23, 10:00 - Ada: a", "2/4/23, 10:00 - Ada: b", "28/4/23, 10:00 - Ada: c")
    assert time_of(found.entries[0].moment)[:10] == "2023-04-01"
    assert found.report.notes[0] == "dates are day/month/year: WhatsApp Chat with Garden.txt, line 3 has 28/4/23"


def test_dates_that_would_go_back_decide_the_order_but_not_a_line_of_the_day_before(tmp_path) -> None:
    days = ["2/3/23", "1/3/23", "3/3/23", "1/4/23", "2/4/23"]
    found = android(tmp_path, *(f"{day}, 10:00 - Ada: a" for day in days))
    assert time_of(found.entries[-1].moment)[:10] == "2023-04-02"


def test_dates_in_the_future_decide_the_order(tmp_path) -> None:
    found = android(tmp_path, "1/2/2026, 10:00 - Ada: a", "1/11/2026, 10:00 - Ada: b")
    assert time_of(found.entries[-1].moment)[:10] == "2026-01-11"


def test_an_order_that_stays_open_is_asked_for(tmp_path) -> None:
    lines = ["1/4/23, 10:00 - Ada: a", "2/4/23, 10:00 - Ada: b"]
    with pytest.raises(OpenDateOrder) as raised:
        android(tmp_path, *lines)
    assert raised.value.orders == ("dmy", "mdy")
    assert time_of(android(tmp_path, *lines, date_order="mdy").entries[1].moment)[:10] == "2023-02-04"


def test_a_date_that_does_not_exist_is_a_problem_of_its_line(tmp_path) -> None:
    lines = ["28/4/2023, 10:00 - Ada: a", "31/4/2023, 10:00 - Ada: b", "30/4/1969, 10:00 - Ada: c"]
    found = android(tmp_path, *lines)
    places = [f"WhatsApp Chat with Garden.txt, line {line}" for line in (2, 3)]
    assert [problem.place for problem in found.report.problems] == places


def test_a_name_that_ends_with_a_smiley_changes_no_other_line(tmp_path) -> None:
    lines = [
        "28/4/23, 10:00 - Arne :): who brings bread?",
        "28/4/23, 10:01 - Bo: I do",
        "28/4/23, 10:02 - Cy: butter: me",
    ]
    found = android(tmp_path, *lines)
    assert found.names == ["Arne :)", "Bo", "Cy"]
    assert found.texts == ["who brings bread?", "I do", "butter: me"]


def test_a_chosen_order_is_named_where_it_does_not_fit_and_leaves_years_in_front_alone(tmp_path) -> None:
    [problem] = android(tmp_path, "4/28/23, 10:00 - Ada: a", date_order="dmy").report.problems
    assert problem.text.endswith("4/28/23 10:00 (dates are read as day/month/year)")
    [entry] = android(tmp_path, "2023-04-28 10:00 - Ada: a", date_order="dmy").entries
    assert time_of(entry.moment) == "2023-04-28 10:00:00"


def test_a_name_may_hold_a_colon_and_a_space(tmp_path) -> None:
    lines = [f"28/4/23, 10:0{i} - Kim: plot 3: {text}" for i, text in enumerate(["yes", "no", "so: what"])]
    found = android(tmp_path, *lines, "28/4/23, 10:05 - ~ Arne :): hello: all")
    assert found.names == ["Kim: plot 3"] * 3 + ["Arne :)"]
    assert found.texts == ["yes", "no", "so: what", "hello: all"]


def test_a_phone_that_writes_from_right_to_left_has_another_mark(tmp_path) -> None:
    rlm = "\u200f"
    lines = [f"{rlm}[15.02.25، 17:37:30] مجموعة: {rlm}الرسائل", f"{rlm}[15.02.25، 17:38:30] Ada: {rlm}صورة محذوفة"]
    found = read_all(READER, chat(tmp_path / "_chat.txt", *lines, "[15.02.25، 17:39:30] Ada: a"))
    assert [(entry.text, len(entry.attachments)) for entry in found.entries] == [("", 1), ("a", 0)]
    assert list(found.report.rooms) == ["مجموعة"]
    found = ios(tmp_path, f"11:05:30] Ada: {rlm}typed")
    assert found.texts == [f"{rlm}typed"]


def test_who_writes_a_colon_twice_keeps_the_name(tmp_path) -> None:
    found = android(tmp_path, *(f"28/4/23, 10:00 - Kim: {text}" for text in ("note: a", "note: b", "c", "note: d")))
    assert found.names == ["Kim"] * 4


def test_a_group_whose_name_holds_a_colon_is_no_person(tmp_path) -> None:
    lines = [f"[28/04/23, 11:02:30] Plots: South: {LRM}{text}" for text in ("Ada created it", "You left")]
    found = read_all(READER, chat(tmp_path / "_chat.txt", *lines, "[28/04/23, 11:05:30] Ada: hi"))
    assert found.names == ["Ada"]
    assert list(found.report.rooms) == ["Plots: South"]
    assert found.report.skipped == {"system messages": 2}


def test_a_body_s_line_that_begins_with_a_date_is_no_message(tmp_path) -> None:
    body = "ref:-\r\n21/07/2022\r\n21/07/22, 10:00 - Bob: forwarded\r\n\r\nend"
    found = ios(tmp_path, f"11:05:30] Ada: {body}", "99:06:30] Ada: b")
    assert found.texts[0] == "ref:-\n21/07/2022\n21/07/22, 10:00 - Bob: forwarded\n\nend"
    assert [problem.place for problem in found.report.problems] == ["_chat.txt, line 7"]


def test_a_body_may_begin_below_its_name(tmp_path) -> None:
    found = ios(tmp_path, "11:05:30] Ada: a", "11:05:31] Ada:\r\nbelow", "11:05:32] Ada:", "11:05:32] Ada:  ")
    assert found.texts == ["a", "below"]
    assert found.report.skipped == {"system messages": 1, "messages without content": 2}


def test_a_line_older_than_the_one_above_keeps_its_time(tmp_path) -> None:
    found = ios(tmp_path, "11:05:56] Ada: a", "11:04:49] Ada: b")
    assert [time_of(entry.moment)[-8:] for entry in found.entries] == ["11:05:56", "11:04:49"]


def test_the_hour_that_comes_twice_stays_in_file_order(tmp_path) -> None:
    times = ["02:10", "02:50", "02:10", "02:50"]
    found = android(tmp_path, *(f"29.10.23, {time} - Ada: {i}" for i, time in enumerate(times)), zone="Europe/Berlin")
    assert [time_of(entry.moment)[-8:-3] for entry in found.entries] == ["00:10", "00:50", "01:10", "01:50"]


@pytest.mark.parametrize(
    "name", ['ד"ר רות', 'סמב"ץ 3', "Ida „Ivy“ Berg", "Ida „Ivy” Berg", "Ida »Ivy« Berg", 'Ida "Ivy" Berg']
)
def test_a_name_may_hold_quotes(name, tmp_path) -> None:
    """Regression: a name with one quote, as of a Hebrew abbreviation, was taken for news, its messages lost."""
    found = android(tmp_path, f"28/4/23, 10:00 - {name}: hello", "28/4/23, 10:01 - Ada: yes")
    assert found.names == [name, "Ada"]


@pytest.mark.parametrize("quoted", ['"Plot: 1"', "“Plot: 1”", "„Plot: 1“", "”Plot: 1”", "«Plot: 1»", '"A 1" to "B: 2"'])
def test_news_that_quote_a_colon_have_no_author(quoted, tmp_path) -> None:
    found = android(tmp_path, f"28/4/23, 10:00 - Ada named it {quoted}", "28/4/23, 10:01 - Ada: yes")
    assert (found.texts, found.report.skipped) == (["yes"], {"system messages": 1})


def test_news_are_counted_not_imported(tmp_path) -> None:
    found = ios(tmp_path, f"11:05:30] ~{NNBSP}Ada: {LRM}~{NNBSP}Ada joined using this link", "11:06:30] Ada: a")
    assert (found.texts, found.report.skipped) == (["a"], {"system messages": 2})
    quoted = '28/4/23, 10:00 - Ada changed the group name from "A: b" to "C: d"'
    found = android(tmp_path, "28/4/23, 10:00 - Ada hat die Gruppe verlassen.", quoted, "28/4/23, 10:01 - Ada: a")
    assert (found.texts, found.report.skipped) == (["a"], {"system messages": 2})


@pytest.mark.parametrize(
    "text",
    [
        "This message was deleted",
        "Diese Nachricht wurde gelöscht.",
        "Se eliminó este mensaje.",
        "Essa mensagem foi apagada",
        "Ce message a été supprimé",
        "Questo messaggio è stato eliminato",
        "تم حذف هذه الرسالة",
        "یہ میسج حذف کر دیا گیا ہے۔",
        "Це повідомлення було видалено",
        "Tuto zprávu jste odstranil/a",
        f"{LRM}You deleted this message.",
        f"{LRM}Αυτό είναι κάτι άλλο",
    ],
)
def test_a_deleted_message_is_left_out_in_any_language(text, tmp_path) -> None:
    found = android(tmp_path, f"28/4/23, 10:00 - Ada: {text}", f"28/4/23, 10:00 - Ada: I mean: {text}")
    assert len(found.entries) == 1
    assert sum(found.report.skipped.values()) == 1


@pytest.mark.parametrize(
    ("marks", "body", "file", "caption"),
    [
        (LRM, f"{LRM}image omitted", "image omitted", ""),
        (LRM, f"{LRM}εικόνα παραλείφθηκε", "εικόνα παραλείφθηκε", ""),
        (LRM, f"{LRM}<attached: 00000010-PHOTO-2023-04-28-11-05-30.jpg>", "00000010-PHOTO-2023-04-28-11-05-30.jpg", ""),
        (LRM, f"so big {LRM}<Anhang: 00000010-PHOTO.jpg>", "00000010-PHOTO.jpg", "so big"),
        (LRM, f"13.pdf • {LRM}2 pages {LRM}document omitted", "13.pdf", ""),
        (LRM, f"13.pdf • {LRM}2 pages {LRM}<pièce jointe : 00000011-13.pdf>", "00000011-13.pdf", ""),
        ("", "<Media omitted>", "Media omitted", ""),
        ("", "<メディアは含まれていません>", "メディアは含まれていません", ""),
        ("", "<Medien ausgeschlossen>\nbig", "Medien ausgeschlossen", "big"),
        ("", "IMG-20230428-WA0001.jpg (xyz)\nbig\none", "IMG-20230428-WA0001.jpg", "big\none"),
        ("", f"{LRM}my plan.pdf (archivo adjunto)", "my plan.pdf", ""),
        ("", "my plan.pdf (прикачен файл)\nbig", "my plan.pdf", "big"),
        ("", "my plan.pdf (fayl biriktirildi)", "my plan.pdf", ""),
    ],
)
def test_a_file_has_its_name_and_its_caption(marks, body, file, caption, tmp_path) -> None:
    found = android(tmp_path, f"{marks}28/4/23, 10:00 - Ada: {body}")
    assert [(entry.text, entry.attachments[0].name) for entry in found.entries] == [(caption, file)]


def test_text_that_looks_like_a_file_stays_text(tmp_path) -> None:
    texts = ["see plan.pdf (the old one)", "<b> is bold (not here)", "a <tag: x.y>", "plan.pdf (page 3)"]
    assert android(tmp_path, *(f"28/4/23, 10:00 - Ada: {text}" for text in texts)).texts == texts


def test_media_in_a_zip_have_their_path(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "WhatsApp Chat - Garden.zip", "w") as archive:
        archive.writestr("_chat.txt", f"{LRM}[28/04/23, 11:05:30] Ada: {LRM}<attached: 00000010-PHOTO.jpg>\r\n")
        archive.writestr("00000010-PHOTO.jpg", b"x" * 9)
        archive.writestr("00000011-notes.txt", "[28/04/23, 11:05:30] Bob: another chat\r\n")
    found = read_all(READER, tmp_path / "WhatsApp Chat - Garden.zip")
    (attachment,) = found.entries[0].attachments
    assert (attachment.path, attachment.size) == ("00000010-PHOTO.jpg", 9)
    assert len(found.entries) == 1


def test_two_exports_of_one_chat_are_not_mixed_in_one_run(tmp_path) -> None:
    for number, name in enumerate(("one", "two")):
        (tmp_path / "exports" / name).mkdir(parents=True)
        chat(tmp_path / "exports" / name / "WhatsApp Chat with Garden.txt", f"28/4/23, 10:00 - Ada: {number}")
    found = read_all(READER, tmp_path / "exports")
    assert [room.name for room in found.report.rooms.values()] == ["Garden", "Garden"]
    assert "several files are of Garden: import exports of one chat one after the other" in found.report.notes


def test_an_edited_mark_is_not_part_of_the_text(tmp_path) -> None:
    found = ios(tmp_path, f"11:05:30] Ada: *a* {LRM}<ויבדקה>", f"11:05:31] Ada: b\r\nc {LRM}<This message was edited>")
    assert [(entry.text, entry.edited == entry.moment) for entry in found.entries] == [("**a**", True), ("b\nc", True)]
    texts = ["ja <Diese Nachricht wurde bearbeitet.>", "ja <b>"]
    found = android(tmp_path, *(f"28/4/23, 10:00 - Ada: {text}" for text in texts))
    assert [(entry.text, entry.edited is not None) for entry in found.entries] == [("ja", True), ("ja <b>", False)]


def test_a_poll_has_its_options_below(tmp_path) -> None:
    options = f"{LRM}OPTION: 5: Uhr (2 Stimmen)\r\n{LRM}OPTION: nie (0 Stimmen)"
    found = ios(tmp_path, f"11:05:30] Ada: {LRM}UMFRAGE:\r\nWann?\r\n{options}")
    assert found.texts == ["UMFRAGE:\nWann?\n- 5: Uhr (2 Stimmen)\n- nie (0 Stimmen)"]


def test_an_event_keeps_the_labels_of_its_lines(tmp_path) -> None:
    """Regression: they were cut off as the word for "option" of a poll, which is the same in all of its lines."""
    below = f"{LRM}Starts at: 4 May\r\n{LRM}Location: Park"
    found = ios(tmp_path, f"11:05:30] Ada: {LRM}EVENT: Picnic\r\n{below}")
    assert found.texts == ["EVENT: Picnic\n- Starts at: 4 May\n- Location: Park"]


def test_a_deleted_message_is_known_behind_any_direction_mark(tmp_path) -> None:
    """Phones that write from right to left mark it so, which the first line of a part of a chat need not tell."""
    lines = ["[28/4/23, 10:00:00] Ada: a", "[28/4/23, 10:00:01] Ada: \u200fتم حذف هذه الرسالة."]
    found = read_all(READER, chat(tmp_path / "_chat.txt", *lines, end="\r\n"))
    assert (found.texts, found.report.skipped) == (["a"], {"deleted messages": 1})


def test_a_position_is_its_address(tmp_path) -> None:
    found = ios(tmp_path, f"11:05:30] Ada: {LRM}Location: https://maps.example.org/?q=1,2")
    assert found.texts == ["Location: https://maps.example.org/?q=1,2"]


def test_names_and_mentions_lose_their_direction_marks(tmp_path) -> None:
    found = ios(tmp_path, f"11:05:30] \u202a+00{NBSP}55501\u202c: @\u2068~Mia\u2069 and @\u2068+00{NBSP}1\u2069 ?")
    assert (found.names, found.texts) == (["+00 55501"], [f"@Mia and @+00{NBSP}1 ?"])


def test_somebody_who_is_no_contact_is_not_the_contact_of_the_same_name(tmp_path) -> None:
    found = ios(tmp_path, f"11:05:30] ~{NNBSP}Ada: a", "11:05:31] Ada: b")
    assert found.names == ["Ada", "Ada"]
    assert len({entry.author_id for entry in found.entries}) == 2


def test_two_equal_lines_of_a_minute_are_two(tmp_path) -> None:
    assert len(android(tmp_path, "28/4/23, 10:00 - Ada: ok", "28/4/23, 10:00 - Ada: ok").entries) == 2


def test_a_chat_of_two_named_after_one_of_them_is_direct(tmp_path) -> None:
    lines = ["28/4/23, 10:00 - Garden: a", "28/4/23, 10:00 - Ada: b"]
    assert android(tmp_path, *lines).report.rooms["Garden"].direct
    assert not android(tmp_path, *lines, "28/4/23, 10:00 - Bob: c").report.rooms["Garden"].direct


def test_a_line_that_is_not_utf8_and_lines_of_whoever_edited_the_file(tmp_path) -> None:
    path = tmp_path / "chat.txt"
    said = b"28/4/23, 10:00 - Ada: caf\xe9\n28/4/23, 10:00 - Ada: caf\xc3\xa9\n31/4/23, 10:00 - Ada: x\n"
    path.write_bytes(b"\xef\xbb\xbfmy chat\n" + said)
    found = read_all(READER, path)
    assert (found.texts, found.report.skipped) == (["café", "café"], {"lines in front of the first message": 1})
    assert [problem.place for problem in found.report.problems] == ["chat.txt, line 4"]


def test_a_body_goes_on_in_the_next_block(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("chat.history.importers.textlines.text_blocks.__defaults__", (16,))
    found = ios(tmp_path, "11:05:30] Ada: one\r\ntwo\r\n\r\nthree", "11:05:31] Ada: b")
    assert found.texts == ["one\ntwo\n\nthree", "b"]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_lines_end_as_the_systems_ended_them_that_a_file_passed_through(tmp_path, end: str) -> None:
    """Regression: lines behind a CR alone were part of the message above."""
    path = chat(tmp_path / "WhatsApp Chat with Garden.txt", "28/4/23, 10:00 - Ada: a\rb\r\n28/4/23, 10:01 - Bo: c")
    path.write_bytes(path.read_bytes() + f"28/4/23, 10:02 - Cy: d{end}28/4/23, 10:03 - Ada: e".encode())
    found = read_all(READER, path)
    assert (found.texts, found.names) == (["a\nb", "c", "d", "e"], ["Ada", "Bo", "Cy", "Ada"])


def test_a_short_file_needs_no_line_end_behind_what_was_put_in_front(tmp_path) -> None:
    """Regression: its only message was taken for a line that is cut off."""
    path = tmp_path / "chat.txt"
    path.write_text("my chat\n28/4/23, 10:00 - Ada: a")
    assert read_all(READER, path).texts == ["a"]


def test_several_exports_of_phones_in_one_folder_are_all_read(tmp_path) -> None:
    """Regression: beside _chat.txt the others were taken for files that people sent, without a word."""
    for name, title in [("_chat.txt", "Garden"), ("_chat (1).txt", "House"), ("_chat 2.txt", "Roof")]:
        notice = f"[28/04/23, 11:02:30] {title}: {LRM}Messages and calls are end-to-end encrypted."
        chat(tmp_path / name, notice, *(f"[28/04/23, 11:02:31] {who}: {title}" for who in ("Ada", "Bo", "Cy")))
    chat(tmp_path / "WhatsApp Chat with Shed.txt", "28/4/23, 10:00 - Ada: a", "28/4/23, 10:00 - Bo: b")
    found = read_all(READER, tmp_path)
    assert {room.name for room in found.report.rooms.values()} == {"Garden", "House", "Roof", "Shed"}
    assert len(found.entries) == 11


def test_a_text_that_somebody_sent_is_no_chat_and_that_is_said(tmp_path) -> None:
    """Regression: on Android it was a chat, and an open order of its dates refused all."""
    lines = ["28/4/23, 10:00 - Ada: notes.txt (file attached)", "28/4/23, 10:00 - Bo: b", "28/4/23, 10:00 - Cy: c"]
    chat(tmp_path / "WhatsApp Chat with Garden.txt", *lines)
    chat(tmp_path / "notes.txt", "1/2/23, 10:00 - Ada: private")
    found = read_all(READER, tmp_path)
    assert found.texts == ["", "b", "c"]
    assert any(note.startswith("notes.txt is taken for a file that somebody sent") for note in found.report.notes)


def test_a_number_of_the_browser_belongs_to_the_file_and_not_to_the_chat(tmp_path) -> None:
    """Regression: the room was called "Garden (1)", and the next download made another one."""
    chat(tmp_path / "WhatsApp Chat with Garden (1).txt", "28/4/23, 10:00 - Ada: a", "28/4/23, 10:00 - Bo: b")
    assert [room.name for room in read_all(READER, tmp_path).report.rooms.values()] == ["Garden"]


def test_a_file_that_was_left_out_stands_behind_its_caption(tmp_path) -> None:
    """Regression: WhatsApp's words for it were part of the caption."""
    found = ios(tmp_path, f"11:05:30] Ada: red kit\n130,00 {LRM}imagem ocultada", "11:05:31] Bo: no image omitted")
    assert [(entry.text, [file.name for file in entry.attachments]) for entry in found.entries] == [
        ("red kit\n130,00", ["imagem ocultada"]),
        ("no image omitted", []),
    ]


def test_of_a_name_with_tildes_only_the_first_is_whatsapp_s(tmp_path) -> None:
    assert ios(tmp_path, f"11:05:30] ~{NNBSP}~Kate~: a", "11:05:31] ~: b").names == ["~Kate~", "~"]


def test_a_message_without_an_end_is_refused_and_not_held(tmp_path, monkeypatch) -> None:
    """Regression: the rest of a file behind a stamp was one message, in memory, of whatever size."""
    monkeypatch.setattr("chat.history.importers.whatsapp.reader.MAX_MESSAGE", 200_000)
    path = chat(tmp_path / "WhatsApp Chat with Garden.txt", "28/4/23, 10:00 - Ada: a", *["no stamp"] * 50_000)
    with pytest.raises(BadSource, match=r"Garden.txt has a message of more than"):
        read_all(READER, path)
