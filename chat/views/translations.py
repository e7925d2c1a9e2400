"""The texts of the page's scripts in the language of the page, which come with the page.

The scripts contain the English texts; static/chat/model/translate.js looks the others up.
"""

from functools import cache

from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation.trans_real import DjangoTranslation, translation
from django.views.i18n import JavaScriptCatalog


def load_translations() -> None:
    """Read the catalogs of all languages now: the first page of each would otherwise block the event loop for 10 ms."""
    for language, _ in settings.LANGUAGES:
        translation(language)
        client_translations(language)


@cache  # at most one for each of LANGUAGES
def client_translations(language: str) -> SafeString:
    """A script element with the texts of a language as JSON: by the English text, one or a list of plural forms.

    Empty for English.
    """
    catalog = JavaScriptCatalog()
    catalog.translation = DjangoTranslation(language, domain="djangojs")
    texts = catalog.get_catalog()
    return json_script(texts, "chat-translations") if texts else SafeString()
