"""Dates in words, in the languages that Google writes them in."""

import pytest

from chat.history.importers.worded_dates import moment_of_words

MOMENT = 1478174390000  # 3 November 2016, 11:59:50 UTC


@pytest.mark.parametrize(
    "text",
    [
        "Thursday, November 3, 2016 at 11:59:50 AM UTC",
        "Thursday, November 3, 2016 at 11:59:50\u202fAM UTC",
        "Thursday, 3 November 2016 at 11:59:50 UTC",
        "Donnerstag, 3. November 2016 um 11:59:50 UTC",
        "jeudi 3 novembre 2016 à 11:59:50 UTC",
        "jeudi 3 novembre 2016 à 11 h 59 min 50 s UTC",
        "jueves, 3 de noviembre de 2016, 11:59:50 a.\u00a0m. UTC",
        "giovedì 3 novembre 2016 alle ore 11:59:50 UTC",
        "quinta-feira, 3 de novembro de 2016 às 11:59:50 UTC",
        "donderdag 3 november 2016 om 11:59:50 UTC",
        "czwartek, 3 listopada 2016 11:59:50 UTC",
        "torsdag den 3. november 2016 kl. 11.59.50 UTC",
        "torstai 3. marraskuuta 2016 klo 11.59.50 UTC",
        "четверг, 3 ноября 2016 г. в 11:59:50 UTC",
        "четвер, 3 листопада 2016 р. о 11:59:50 UTC",
        "3 Kasım 2016 Perşembe 11:59:50 UTC",
        "čtvrtek 3. listopadu 2016 v 11:59:50 UTC",
        "2016. november 3., csütörtök 11:59:50 UTC",
        "2016年11月3日木曜日 11時59分50秒 UTC",
        "2016年11月3日 星期四 上午11:59:50 [UTC]",
        "2016년 11월 3일 목요일 오전 11시 59분 50초 UTC",
        "Πέμπτη 3 Νοεμβρίου 2016 στις 11:59:50 π.μ. UTC",
        "lúc 11:59:50 UTC Thứ Năm, 3 tháng 11, 2016",
        "יום חמישי, 3 בנובמבר 2016 בשעה 11:59:50 UTC",
        "\u200fالخميس، 3 نوفمبر 2016 في 11:59:50 ص UTC",
        "Thursday, November 3, 2016 at 1:59:50 PM GMT+2",
        "štvrtok 3. novembra 2016, 11:59:50 UTC",
        "2016 թ. նոյեմբերի 3, հինգշաբթի, 11:59:50 UTC",
        "2016(e)ko azaroaren 3(a), osteguna (11:59:50 (UTC))",
        "payshanba, 3-noyabr, 2016, 11:59:50 (UTC)",
        "วันพฤหัสบดีที่ 3 พฤศจิกายน พ.ศ. 2559 11 นาฬิกา 59 นาที 50 วินาที UTC",
        "2016-11-03T11:59:50Z",
    ],
)
def test_a_date_is_the_same_moment_in_every_language(text: str) -> None:
    assert moment_of_words(text) == MOMENT


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("الخميس، 3 نوفمبر 2016، 12:05:09 ص UTC", 0),
        ("2016年11月3日 星期四 凌晨12:05:09 [UTC]", 0),
        ("Khamis, 3 November 2016 12:05:09 PG UTC", 0),
        ("Khamis, 3 November 2016 6:05:09 PTG UTC", 18),
        ("e enjte, 3 nëntor 2016, 6:05:09 m.d., UTC", 18),
        ("jueves, 3 de noviembre de 2016, 6:05:09 p. m. UTC", 18),
        ("2016년 11월 3일 목요일 오전 12시 5분 9초 UTC", 0),
    ],
)
def test_the_halves_of_a_day_have_words_in_every_language(text: str, hour: int) -> None:
    """Regression: such times were twelve hours off, or not read at all."""
    assert moment_of_words(text) == moment_of_words(f"2016-11-03T{hour:02}:05:09Z")


def test_a_day_of_the_week_is_no_month_of_another_language() -> None:
    """Spanish and Filipino "martes" is Tuesday, and begins as Danish "marts"."""
    with pytest.raises(ValueError, match="no month"):
        moment_of_words("Martes, Pebrero 28, 2023, 12:05:09 AM UTC")


def test_the_day_of_the_week_decides_which_month_is_meant() -> None:
    """Listopad is November in Polish, and October in Croatian."""
    assert moment_of_words("czwartek, 3 listopad 2016 11:59:50 UTC") == MOMENT
    assert moment_of_words("ponedjeljak, 3. listopad 2016. u 11:59:50 UTC") == MOMENT - 31 * 86_400_000


@pytest.mark.parametrize(("hour", "expected"), [("12:05:00 AM", 5), ("12:05:00 PM", 725), ("1:05:00 PM", 785)])
def test_twelve_is_midnight_in_the_morning_and_noon_in_the_afternoon(hour: str, expected: int) -> None:
    midnight = moment_of_words("2016-11-03T00:00:00Z")
    assert moment_of_words(f"Thursday, November 3, 2016 at {hour} UTC") == midnight + expected * 60_000


@pytest.mark.parametrize(
    "text", ["", "yesterday", "Thursday, x-mark 3, 2016 at 11:59:50 UTC", "November 31, 2016 at 11:59:50"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the date"):
        moment_of_words(text)
