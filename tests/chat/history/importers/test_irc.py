"""chat/history/importers/irc/ and text/mirc.py: logs of four programs. Each trap has a test."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history.importers.irc import READER
from chat.history.importers.irc.conversations import conversation_of
from chat.history.importers.monthnames import month_of
from chat.history.importers.source import Source
from chat.history.importers.text.mirc import action, markdown
from tests.support.core.imports import Reading, read_all, shown, write_files

IRSSI_DAY = "--- Log opened Sat Feb 28 23:57:50 2026"


def log(path: Path, name: str, *lines: str | bytes) -> Path:
    """A log in a folder of its own."""
    file = path / "logs" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return path / "logs"


def weechat(path: Path, *lines: str) -> Reading:
    stamped = (f"2026-02-28 23:58:33\t{line}" for line in lines)
    return read_all(READER, log(path, "irc.lab.#team.weechatlog", *stamped))


def irssi(path: Path, *lines: str, zone: str = "UTC") -> Reading:
    return read_all(READER, log(path, "lab/#team.log", IRSSI_DAY, *lines), zone)


def znc(path: Path, *lines: str | bytes) -> Reading:
    return read_all(READER, log(path, "znc/users/ada/moddata/log/lab/#team/2026-02-28.log", *lines))


def energymech(path: Path, *lines: str) -> Reading:
    return read_all(READER, log(path, "team.log", *(f"[Feb 28 2026 23:59:06] {line}" for line in lines)))


def lines_of(found: Reading) -> list[tuple[str, str]]:
    return [(entry.author_name, entry.text) for entry in found.entries]


def time_of(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M:%S}"


SAID = [("bob", "hello"), ("bob", "*bob waves*"), ("bob", "a notice")]


def test_each_program_writes_messages_actions_and_notices_its_own_way(tmp_path) -> None:
    assert lines_of(weechat(tmp_path / "1", "@bob\thello", " *\tbob waves", "--\tNotice(bob): a notice")) == SAID
    lines = ["23:58 <@bob> hello", "23:58  * bob waves", "23:58 -bob:#team- a notice"]
    assert lines_of(irssi(tmp_path / "2", *lines)) == SAID
    assert irssi(tmp_path / "5", "23:58 -bob(~bob@h.example.org)- a notice").names == ["bob"]
    lines = ["[23:58:33] <bob> hello", "[23:58:34] * bob waves", "[23:58:35] -bob- a notice"]
    assert lines_of(znc(tmp_path / "3", *lines)) == SAID
    assert lines_of(energymech(tmp_path / "4", "<bob> hello", "* bob waves", "-bob:#team- a notice")) == SAID


def test_the_day_comes_from_the_line_the_path_or_other_lines(tmp_path) -> None:
    assert time_of(weechat(tmp_path / "1", "@bob\thello").entries[0].moment) == "2026-02-28 23:58:33"
    found = irssi(tmp_path / "2", "23:58 <bob> a", "--- Day changed Sun Mar 01 2026", "00:00 <bob> b")
    assert [time_of(entry.moment) for entry in found.entries] == ["2026-02-28 23:58:00", "2026-03-01 00:00:00"]
    assert time_of(znc(tmp_path / "3", "[23:58:33] <bob> a").entries[0].moment) == "2026-02-28 23:58:33"
    assert time_of(energymech(tmp_path / "4", "<bob> a").entries[0].moment) == "2026-02-28 23:59:06"


def test_a_time_in_front_may_have_another_format(tmp_path) -> None:
    for number, stamp in enumerate(["2026-02-28T23:58:33 ", "2026-02-28 23:58", "[2026-02-28 23:58:33]"]):
        lines = [f"{stamp} <bob> a", f"{stamp} *** eve has joined #team", f"{stamp} * bob waves"]
        found = read_all(READER, log(tmp_path / str(number), "#team.log", *lines))
        assert (found.texts, found.report.skipped) == (["a", "*bob waves*"], {"joins and leaves": 1})
        assert time_of(found.entries[0].moment)[:16] == "2026-02-28 23:58"


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-02-28T23:58:33+0200 ",
        "2026-02-28 23:58:33 +02:00 ",
        "[2026-02-28T21:58:33Z] ",
        "2026-02-28T21:58:33.120000Z\t",
    ],
)
def test_a_time_may_tell_its_zone(stamp, tmp_path) -> None:
    """Regression: the zone was not seen, and the time taken for that of the machine."""
    line = f"{stamp}@bob\thello" if stamp.endswith("\t") else f"{stamp}<@bob> hello"
    path = log(tmp_path, "#team.log", line, line.replace("58:33", "58:99"))
    found = read_all(READER, path, "America/New_York")
    assert [time_of(entry.moment) for entry in found.entries] == ["2026-02-28 21:58:33"]
    assert [problem.place for problem in found.report.problems] == ["#team.log, line 2"]
    with Source(path) as source:
        assert not READER.needs_zone(source)


def test_a_log_that_is_closed_and_opened_again_goes_on_at_the_day_that_it_says(tmp_path) -> None:
    opened = ["--- Log closed Sat Feb 28 23:59:00 2026", "--- Log opened Tue Mar 03 10:00:00 2026"]
    found = irssi(tmp_path, "23:58 <bob> a", *opened, "10:00 <bob> b")
    assert time_of(found.entries[1].moment) == "2026-03-03 10:00:00"


@pytest.mark.parametrize(
    ("day", "month"), [("sam. févr. 28", 2), ("Sa Feb 28", 2), ("土  2月 28", 2), ("Сб фев 28", 2), ("So Mär 01", 3)]
)
def test_names_of_months_are_those_of_the_system_s_language(day, month, tmp_path) -> None:
    found = irssi(tmp_path, f"--- Day changed {day} 2026", "10:00 <bob> a")
    assert time_of(found.entries[0].moment)[5:7] == f"{month:02}"


def test_the_weekday_decides_between_languages() -> None:
    assert (month_of("lis", 2025, 9, "nie"), month_of("lis", 2025, 12, "ned")) == (11, 10)  # Polish, Croatian
    assert month_of("x", 2025, 9) is None


FORGED = ["<eve> I never said this", "* eve pretends to act", "--- Day changed Sun Mar 01 2026", "-!- eve quit"]


def test_a_text_that_looks_like_a_line_of_the_log_is_a_text(tmp_path) -> None:
    found = weechat(tmp_path / "1", *(f"bob\t{text}" for text in FORGED), "eve\t-->\teve has joined")
    assert [shown(text) for text in found.texts] == [*FORGED, "-->\teve has joined"]
    found = irssi(tmp_path / "2", *(f"23:58 < bob> {text}" for text in FORGED))
    assert [shown(text) for text in found.texts] == FORGED
    found = znc(tmp_path / "3", *(f"[23:58:33] <bob> {text}" for text in FORGED))
    assert [shown(text) for text in found.texts] == FORGED


def test_weechat_writes_one_time_for_a_message_of_several_lines(tmp_path) -> None:
    """Regression: the lines behind the first one were problems, and nothing was imported."""
    lines = [
        "@bob\tone",
        " *\teve waves\nand smiles",
        "@bob\t- two\n\n* three\n4. four",
        "-->\tx (u@h) has joined #team",
    ]
    path = log(tmp_path, "irc.lab.#team.weechatlog", *(f"2026-02-28 23:58:33\t{line}" for line in lines))
    found = read_all(READER, path)
    assert [shown(entry.text) for entry in found.entries] == [
        "one",
        "eve waves\nand smiles",
        "- two\n* three\n4. four",
    ]
    assert (found.report.problems, found.report.skipped) == ([], {"joins and leaves": 1})


def test_names_in_weechat_s_logs_of_other_networks_may_have_spaces(tmp_path) -> None:
    """Regression: what people of Slack or Matrix wrote was taken for news."""
    found = weechat(tmp_path, "Ada Lovelace\thello", "@bob\thi", "--\tMode #team [+o bob] by ada")
    assert lines_of(found) == [("Ada Lovelace", "hello"), ("bob", "hi")]


def test_modes_in_front_of_a_nick_are_not_part_of_it(tmp_path) -> None:
    nicks = ["[e]v|e^", "_bob_", "`a\\", "x-y"]
    found = weechat(tmp_path / "1", *(f"{mode}{nick}\ta" for nick in nicks for mode in ("@", "+", "")))
    assert found.names == [nick for nick in nicks for _ in range(3)]
    found = irssi(tmp_path / "2", *(f"23:58 <{mode}{nick}> a" for nick in nicks for mode in "@+ "))
    assert found.names == [nick for nick in nicks for _ in range(3)]


def test_who_takes_another_nick_stays_the_same_person(tmp_path) -> None:
    found = irssi(
        tmp_path / "1",
        "23:57 -!- carol [~u@h] has joined #team",
        "23:58 -!- eve_ is now known as Eve",
        "23:58 < Eve> a",
        "23:58 -!- Eve is now known as [e]v|e^",
        "23:58 <+[e]v|e^> b",
        "23:58 -!- You're now known as caroline",
        "23:58 < caroline> c",
    )
    assert found.names == ["Eve", "[e]v|e^", "caroline"]
    assert [entry.author_id for entry in found.entries] == ["eve_", "eve_", "carol"]
    found = znc(tmp_path / "2", "[23:58:33] *** eve_ is now known as eve", "[23:58:34] <eve> a")
    assert found.entries[0].author_id == "eve_"
    found = weechat(tmp_path / "3", "--\teve_ is now known as eve", "eve\ta", "eve\tbob is now known as ada", "ada\tb")
    assert [entry.author_id for entry in found.entries] == ["eve_", "eve_", "ada"]


def test_news_are_counted_not_imported(tmp_path) -> None:
    found = znc(
        tmp_path,
        "[23:58:33] *** Joins: bob (~bob@h)",
        "[23:58:33] *** Quits: bob (~bob@h) (bye (for now))",
        "[23:58:33] *** bob changes topic to 'it's \"here\"'",
        "[23:58:33] *** bob sets mode: +v eve",
        "[23:58:33] -irc.example.org- *** Looking up your hostname",
        "[23:58:33] -irc.example.org:#team- *** a notice",
        "[23:58:33] <bob> a",
    )
    assert (found.texts, found.report.problems) == (["a"], [])
    assert found.report.skipped == {
        "joins and leaves": 2,
        "changed nicks, modes, topics and other news": 2,
        "notices of servers": 2,
    }


def test_lines_that_are_not_utf8_and_raw_codes(tmp_path) -> None:
    lines = [b"caf\xe9", b"caf\xc3\xa9 \x02so\x02", b"\x02"]
    found = znc(tmp_path, *(b"[23:58:33] <bob> " + line for line in lines))
    assert found.texts == ["café", "café **so**"]
    assert found.report.skipped == {"messages without content": 1}


def test_the_hour_that_comes_twice_stays_in_file_order(tmp_path) -> None:
    times = ["02:10", "02:50", "02:10", "02:50"]
    day = "--- Day changed Sun Oct 29 2023"
    found = irssi(tmp_path, day, *(f"{time} <bob> {i}" for i, time in enumerate(times)), zone="Europe/Berlin")
    assert [time_of(entry.moment)[-8:-3] for entry in found.entries] == ["00:10", "00:50", "01:10", "01:50"]


@pytest.mark.parametrize(
    "line", ["--- Day changed Sun Mar 0² 2026", "--- Day changed Mon Feb 30 2026", "99:58 <bob> b"]
)
def test_a_day_or_a_time_that_does_not_exist_is_a_problem(line, tmp_path) -> None:
    found = irssi(tmp_path, "23:58 <bob> a", line)
    assert [problem.place for problem in found.report.problems] == ["lab/#team.log, line 3"]


@pytest.mark.parametrize("day", ["1969-12-31", "1970-01-01", "9999-12-31", "0001-01-01"])
def test_a_time_that_no_message_can_have_is_a_problem_of_its_line(day, tmp_path) -> None:
    """Regression: the last day of the year 9999 ended the command with a traceback."""
    lines = ["2026-02-28 23:58:33\tbob\ta", f"{day} 00:30:00\tbob\tb"]
    found = read_all(READER, log(tmp_path, "irc.lab.#team.weechatlog", *lines), "Europe/Berlin")
    assert [problem.place for problem in found.report.problems] == ["irc.lab.#team.weechatlog, line 2"]
    assert found.texts == ["a"]


def test_a_line_without_a_day_or_a_time_is_a_problem(tmp_path) -> None:
    found = read_all(READER, log(tmp_path, "#team.log", "23:58 <bob> a", "half a line"))
    assert [problem.place for problem in found.report.problems] == ["#team.log, line 1", "#team.log, line 2"]


@pytest.mark.parametrize("time", ["23:58:33+0100", "23:58+01:00", "23:58Z"])
def test_a_time_with_its_zone_whose_day_is_not_known_is_a_problem(time, tmp_path) -> None:
    """Regression: the zone was taken for a part of the seconds, and ended the command with a traceback."""
    found = irssi(tmp_path, "--- Day changed Mon Feb 30 2026", f"{time} <bob> a")
    assert [problem.place for problem in found.report.problems] == ["lab/#team.log, line 2", "lab/#team.log, line 3"]


@pytest.mark.parametrize("time", ["23:58Z", "23:58+01:00", "23:58:33Z"])
def test_a_short_time_may_tell_its_zone(time, tmp_path) -> None:
    """Regression: "Z" behind a time without seconds ended the command with a traceback."""
    found = read_all(READER, log(tmp_path, "#team.log", f"2026-02-28 {time} <bob> a"))
    assert (found.texts, found.report.problem_count) == (["a"], 0)


@pytest.mark.parametrize(
    ("path", "key", "name", "is_query"),
    [
        ("irc.lab.#team.weechatlog", "lab/#team", "team", False),
        ("irc.example.chat.bob.weechatlog", "example.chat/bob", "bob", True),
        ("2026/lab/#team.2026-02.log", "lab/#team", "team", False),
        ("irclogs/2026/lab/#team.02-28.log", "lab/#team", "team", False),  # as the manual of irssi has it
        ("irclogs/2026/lab/bob.02.log", "lab/bob", "bob", True),
        ("irclogs/lab/#team.02-28.log", "lab/#team.02-28", "team.02-28", False),  # a name, without a year
        ("lab/#team.log.1", "lab/#team", "team", False),
        ("lab/#team.log.old", "lab/#team", "team", False),
        ("users/ada/networks/lab/moddata/log/#team/2026-02-28.log", "lab/#team", "team", False),
        ("lab/##c++.log", "lab/##c++", "c++", False),
        ("users/ada/moddata/log/lab/#Team/2026-02-28.log", "lab/#team", "Team", False),
        ("ada_lab_#team_20260228.log", "ada_lab/#team", "team", False),
        ("lab/2026-02-28-team.log", "lab/team", "team", True),
        ("lab/20260228_team.txt", "lab/team", "team", True),
        ("lab/2026-02-28-#team.log", "lab/#team", "team", False),
        ("lab/2026-team.log", "lab/2026-team", "2026-team", True),
        ("irclogs/lab/bob.log", "lab/bob", "bob", True),
        ("irclogs/bob.log", "/bob", "bob", True),
    ],
)
def test_the_path_tells_network_and_channel(path, key, name, is_query) -> None:
    found = conversation_of(path, "")
    assert found is not None
    assert (found.key, found.name, found.is_query) == (key, name, is_query)


def test_a_log_of_a_server_is_no_conversation_and_a_channel_may_be_known_by_its_lines_alone(tmp_path) -> None:
    assert conversation_of("irc.server.lab.weechatlog", "") is None
    assert conversation_of("lab/*status/2026-02-28.log", "") is None
    assert not energymech(tmp_path, "*** Joins: bob (u@h)", "<bob> a").report.rooms["/team"].direct


@pytest.mark.parametrize(
    "words", ["cy has joined the club", "*** Joins: cy", "*** cy has joined #x", "-!- mode/#x", "* cy (c@h) has joined"]
)
def test_words_in_a_query_make_no_channel_of_it(words, tmp_path) -> None:
    """Regression: letters became a room that everybody reads, because somebody had written "has joined"."""
    logs = {
        "lab/bob.log": f"--- Log opened Sat Feb 28 23:57:50 2026\n23:58 <bob> {words}\n23:58  * bob {words}\n",
        "lab/cy/2026-02-28.log": f"[23:58:33] <cy> {words}\n[23:58:33] * cy {words}\n",
        "irc.lab.dy.weechatlog": f"2026-02-28 23:58:33\tdy\t{words}\n2026-02-28 23:58:33\t *\tdy {words}\n",
    }
    assert all(room.direct for room in read_all(READER, write_files(tmp_path, logs)).report.rooms.values())


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("lab/team.log", "2026-02-28 23:58 -!- cy [~c@h] has joined #team"),
        ("lab/team/2026-02-28.log", "[23:58:33] *** Joins: cy (~c@h)"),
        ("irc.lab.team.weechatlog", "2026-02-28 23:58:33\t-->\tcy (~c@h) has joined #team"),
        ("lab/team.log", "2026-02-28T23:58:33  *** cy has joined #team"),
        ("lab/team.log", "2026-02-28T23:58:33  *** cy <~c@h> has joined #team"),
        ("lab/team.log", "2026-02-28 23:58:33 --> cy (~c@h) has joined #team"),
    ],
)
def test_a_channel_is_known_by_news(name, line, tmp_path) -> None:
    assert not any(room.direct for room in read_all(READER, log(tmp_path, name, line)).report.rooms.values())


def test_rotated_logs_are_of_the_same_channel(tmp_path) -> None:
    """Regression: one became a room of its own, the other was not read at all, without a word."""
    days = {"#team.log": "Sat Feb 28", "#team.log.1": "Fri Feb 27", "#team.log.old": "Thu Feb 26"}
    logs = {f"lab/{name}": f"--- Log opened {day} 23:57 2026\n23:58 <bob> {day}\n" for name, day in days.items()}
    found = read_all(READER, write_files(tmp_path, logs))
    assert (sorted(found.texts), list(found.report.rooms)) == (sorted(days.values()), ["lab/#team"])


def test_logs_that_are_compressed_are_named(tmp_path) -> None:
    """Regression: rotated logs were not read, and nothing said so."""
    logs = {"lab/#team.log": f"{IRSSI_DAY}\n23:58 <bob> a\n", "lab/#team.log.1.gz": b"\x1f\x8b", "pictures.zip": b"PK"}
    found = read_all(READER, write_files(tmp_path, logs))
    assert found.report.notes == ["lab/#team.log.1.gz is compressed, and not read: unpack it"]


OTHERS = [
    "[2026-11-29T14:09:18.554Z] <@bob> x",
    "28/4/23, 10:00 - Ada: x",
    "2024-01-04 19:02:30 INFO: x",
    "[14 Jan 10:36] x",
]


@pytest.mark.parametrize("line", OTHERS)
def test_other_programs_logs_are_not_taken_for_irc(line, tmp_path) -> None:
    with Source(log(tmp_path, "x.log", line)) as source:
        assert not READER.recognizes(source)


CODES = [
    ("\x02a\x02 \x1db\x1d \x1ec\x1e \x11d\x11", "**a** *b* ~~c~~ `d`"),
    ("\x035 apples and \x0355 apples, \x0304,12red\x03, x", " apples and  apples, red, x"),
    ("\x03055 a\x031,b", "5 a,b"),
    ("\x04ff8800hex\x04 \x1funder\x1f \x16rev\x16", "hex under rev"),
    ("\x02bold to the end", "**bold to the end**"),
    ("\x02 a \x0fb", " **a** b"),
    ("\x02\x1d\x0f\x03", ""),
]


@pytest.mark.parametrize(("text", "expected"), CODES)
def test_codes_toggle_and_colours_take_two_digits_at_most(text, expected) -> None:
    assert markdown(text) == expected


def test_styles_may_overlap() -> None:
    assert shown(markdown("a \x02b \x1dc\x02 d\x1d e")) == "a b c d e"
    assert shown(action("_bob_", "waves \x02so\x02 there")) == "_bob_ waves so there"


@given(st.text(alphabet="ab1.*_~`<>-#|[]()\\/:@! \x02\x1d\x1e\x0f\x03", min_size=1, max_size=40))
def test_the_words_are_shown_as_they_were(text) -> None:
    words = "".join(filter(str.isalpha, text))
    assert "".join(filter(str.isalpha, shown(markdown(text)))) == words


@given(st.text(alphabet="ab1.*_~`<>-#|[]()\\/:@! ", min_size=1, max_size=40))
def test_a_line_without_codes_is_shown_as_it_was(text) -> None:
    assert shown(markdown(text)).split() == text.split()
