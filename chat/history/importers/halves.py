"""The words of clocks with twelve hours, such as "p. m.", in the languages of phones and of exports."""

import re

# The letters of words of twelve hours. Words of 24 hours are none: "klo", "Uhr", "lúc".
MORNING = frozenset(
    """
    am a πμ sa öö vorm fm ap dop dopoledne de deo délelőtt pg ص صباحا صباحًا قظ قبلازظهر לפנהצ 오전 午前 上午
    凌晨 清晨 早上 早晨 पूर्वाह्न सुबह முற்பகல் পূর্বাহ্ণ ก่อนเที่ยง дп прпл преподне до epd eparadites
    priešpiet priekšp ጥዋት मपू pd 午夜
    """.split()
)
EVENING = frozenset(
    """
    pm p μμ ch ös nachm em ip odp odpoledne du délután ptg م مساء مساءً بظ بعدازظهر אחהצ 오후 午後 下午 中午 晚上
    傍晚 अपराह्न शाम பிற்பகல் অপরাহ্ণ หลังเที่ยง пп слобед поподне popoldne epasdites popiet pēcp ከሰዓት मउ md
    """.split()
)
_letters = re.compile(r"[^\W\d_]|[\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e]")


def is_half(text: str) -> bool:
    """Whether a text is a known word for a half of the day."""
    word = word_of(text)
    return word in MORNING or word in EVENING


def word_of(text: str) -> str:
    """The letters of what stands beside a time, without those that belong to the date: 4日, 4일, 4.01.23 г."""
    return "".join(_letters.findall(text.casefold())).lstrip("日일г")
