"""What bots and integrations attach to a message, in the form that Mattermost and Rocket.Chat have taken from Slack."""

from collections.abc import Callable, Iterator

from chat.history.importers.fields import Record, mappings, string
from chat.history.importers.text.markdown import Run, inline


def attached_text(attachment: Record, markdown: Callable[[str], str]) -> str:
    """Author, title, text, fields, picture and footer, each in lines of its own. `markdown`: the dialect."""
    return "\n".join(filter(None, _parts(attachment, markdown)))


def _parts(attachment: Record, markdown: Callable[[str], str]) -> Iterator[str]:
    for name, link in (("author_name", "author_link"), ("title", "title_link")):
        if string(attachment, name):
            yield inline([Run(string(attachment, name), bold=True, link=string(attachment, link) or None)])
    yield markdown(string(attachment, "text"))
    for field in mappings(attachment, "fields"):
        yield inline([Run(string(field, "title"), bold=True)])
        value = field.get("value")
        yield markdown(str(value) if isinstance(value, (str, int, float)) else "")
    yield string(attachment, "image_url")
    buttons = [each for each in mappings(attachment, "actions") if string(each, "url") and string(each, "text", "name")]
    yield " ".join(inline([Run(string(each, "text", "name"), link=string(each, "url"))]) for each in buttons)
    yield markdown(string(attachment, "footer"))
