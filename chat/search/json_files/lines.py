"""A message as a line of the search cache: what of it is searched (chat/storage/json_files/search_lines.py)."""

from functools import lru_cache

from chat.search.texts import author_number, search_text
from chat.storage.json_files import search_lines
from chat.storage.json_files.bulk_texts import Text
from chat.storage.json_files.search_lines import EDIT, MARK

NO_LINK, LINK, NO_CODE, CODE = b"\1", b"\2", b"\3", b"\4"  # the flags of a line
FLAGS = {
    (link, code): ((LINK if link else NO_LINK) + (CODE if code else NO_CODE)).decode()
    for link in (False, True)
    for code in (False, True)
}


def lines_of(messages: list[Text], covered: int) -> list[str]:
    """The lines of some messages, and a mark if they do not tell which id is covered."""
    lines = [line_of(record) for record in messages]
    return lines if messages and messages[-1].id == covered else [*lines, _mark(covered)]


def line_of(record: Text, target: int | None = None) -> str:
    """The line of a message, or of an edit of the message `target`, whose time and author are its own."""
    found = search_text(record)
    if target is not None:
        ids = chr(EDIT) + search_lines.long_id(record.id) + search_lines.long_id(target)
    elif record.id <= search_lines.MAX_SHORT_ID:
        ids = chr(search_lines.SHORT) + search_lines.short_id(record.id)
    else:
        ids = chr(search_lines.LONG) + search_lines.long_id(record.id)
    time, author = search_lines.time_letters(found.time), author_letters(found.author)
    flags = FLAGS[found.has_link, found.has_code]
    return f"{ids}{time}{author}{flags}{found.text}\n"


@lru_cache(maxsize=4096)
def author_letters(author: str) -> str:
    """A folded name as three letters, which other names may share."""
    return search_lines.author_letters(author_number(author, search_lines.AUTHORS))


def _mark(record_id: int) -> str:
    return f"{chr(MARK)}{search_lines.long_id(record_id)}\n"
