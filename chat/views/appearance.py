"""The theme, the density and the columns that a browser has chosen, so that the first paint of a page has them.

static/chat/view/appearance.js writes the cookie: words with points between them, such as `dark.compact.open`.
"""

from django.http import HttpRequest

COOKIE = "chatsite_appearance"
THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")
PEOPLE = ("open", "closed")  # the column with the people


def appearance(request: HttpRequest) -> dict[str, str]:
    """A context processor: `theme`, `density` and `people`, each one of the words above, whatever the cookie holds."""
    words = request.COOKIES.get(COOKIE, "").split(".")
    return {"theme": _chosen(words, THEMES), "density": _chosen(words, DENSITIES), "people": _chosen(words, PEOPLE)}


def _chosen(words: list[str], allowed: tuple[str, ...]) -> str:
    return next((word for word in allowed if word in words), allowed[0])
