"""The words of clocks with twelve hours, such as "p. m." or "du soir", in the languages of phones and of exports."""

import re
from collections.abc import Collection

# The letters of words of twelve hours. Words of 24 hours are none: "klo", "Uhr", "lúc".
MORNING = frozenset(
    """
    am a πμ sa öö vorm fm ap dop dopoledne de deo délelőtt pg ص صباحا صباحًا قظ قبلازظهر לפנהצ 오전 午前 上午
    凌晨 清晨 早上 早晨 पूर्वाह्न सुबह முற்பகல் পূর্বাহ্ণ ก่อนเที่ยง дп прпл преподне до epd eparadites
    priešpiet priekšp ጥዋት मपू pd 午夜
    inthemorning atmidnight midnight matin dumatin minuit mañana delamañana madrugada delamadrugada manhã damanhã
    damadrugada meianoite mattina dimattina delmattino mezzanotte morgens vormittags mitternacht sochtends ochtend
    утра ранку rano przedpołudniem opółnocy sabah öğledenönce pagi tengahmalam sáng 새벽 아침 πρωί
    påmorgonen påförmiddagen فجرًا فجرا منتصفالليل صبح بامداد בבוקר לפנותבוקר חצות सकाळी पहाटे ভোর সকাল સવારે காலை
    அதிகாலை ఉదయం ಬೆಳಗ್ಗೆ പുലർച്ചെ രാവിലെ ในตอนเช้า
    """.split()
)
EVENING = frozenset(
    """
    pm p μμ ch ös nachm em ip odp odpoledne du délután ptg م مساء مساءً بظ بعدازظهر אחהצ 오후 午後 下午
    傍晚 अपराह्न शाम பிற்பகல் অপরাহ্ণ หลังเที่ยง пп слобед поподне popoldne epasdites popiet pēcp ከሰዓት मउ md
    intheafternoon intheevening aprèsmidi delaprèsmidi soir dusoir tarde delatarde datarde pomeriggio delpomeriggio sera
    disera nachmittags abends smiddags savonds middag avond дня вечера вечора popołudniu wieczorem öğledensonra
    akşamüstü akşam sore petang chiều tối 저녁 απόγευμα βράδυ påeftermiddagen påkvällen بعدالظهر فيالمساء عصر
    אחרהצהריים בערב संध्याकाळी सायंकाळी বিকাল সন্ধ্যা સાંજે மாலை సాయంత్రం ಸಂಜೆ വൈകുന്നേരം ในตอนเย็น
    """.split()
)
# Around noon, and around midnight: the hour tells the half.
_MIDDAY = frozenset(
    """
    中午 noon atnoon midi mediodía delmediodía meiodia mezzogiorno mittags mittag полудня południe wpołudnie öğle siang
    tengahhari trưa 낮 정오 正午 μεσημέρι ظهرًا ظهرا ظهر בצהריים दोपहर दुपारी দুপুর બપોરે மதியம் మధ్యాహ్నం ಮಧ್ಯಾಹ್ನ ഉച്ചയ്ക്ക്
    """.split()
)
_NIGHT = frozenset(
    """
    晚上 半夜 深夜 夜里 夜裡 atnight nuit dunuit delanuit noche delanoche noite danoite notte dinotte nachts snachts
    nacht ночи ночі wnocy gece malam đêm 밤 夜 νύχτα pånatten ليلا ليلاً شب בלילה रात रात्री রাত রাত্রি રાત્રે இரவு రాత్రి ರಾತ್ರಿ
    രാത്രി ในตอนกลางคืน
    """.split()
)
_letters = re.compile(r"[^\W\d_]|[\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e]")


def is_second(hour: int, words: Collection[str]) -> bool | None:
    """Whether an hour with one of these words is of the second half of the day, None if none of them tells it."""
    if not _NIGHT.isdisjoint(words):
        return 6 <= hour < 12
    if not _MIDDAY.isdisjoint(words):
        return not 9 <= hour < 12
    if not EVENING.isdisjoint(words):
        return True
    return None if MORNING.isdisjoint(words) else False


def is_half(text: str) -> bool:
    """Whether a text is a known word for a half of the day."""
    return is_second(0, (word_of(text),)) is not None


def word_of(text: str) -> str:
    """The letters of what stands beside a time, without those that belong to the date: 4日, 4일, 4.01.23 г."""
    return "".join(_letters.findall(text.casefold())).lstrip("日일г")
