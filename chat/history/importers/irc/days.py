"""The day that a line of a log tells, in the words of any language."""

from datetime import date

from chat.history.importers.monthnames import month_of

HALF_A_YEAR = 183  # days


def day_of(text: str, before: date | None = None) -> date | None:
    """The day of 2026-02-28, "Feb 28 2026", or "Sat Feb 28 23:57:50 2026", in any language.

    "Feb 28" is in the year of the day before, or in the next one if it would be long before that.
    """
    if text[:4].isdecimal():
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            return None
    words = [word for word in text.split() if ":" not in word]
    numbers = [int(word.rstrip(".,")) for word in words if word.rstrip(".,").isdecimal()]
    names = [word for word in words if not word.rstrip(".,").isdecimal()]
    if len(numbers) == 1 and names and before is not None:
        found = day_of(f"{text} {before.year}")
        return found if found is None or (before - found).days < HALF_A_YEAR else day_of(f"{text} {before.year + 1}")
    if len(numbers) != 2 or not names:
        return None
    day, year = min(numbers), max(numbers)
    month = month_of(names[-1], year, day, names[0] if len(names) > 1 else "")
    try:
        return date(year, month or 0, day)
    except ValueError:
        return None
