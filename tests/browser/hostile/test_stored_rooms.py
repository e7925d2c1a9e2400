"""The corpus as everything that is stored: what was said, by whom, where, and under which ids.

Nothing of it does anything in a page: not in the one that the server makes, nor in one to which it comes while it is
open. What would be noticed, and that it would be, is held by test_alarms.py.
"""

from collections.abc import Sequence

import pytest
from playwright.sync_api import expect

from chat.storage import Draft
from tests.browser.hostile.conftest import Inspect, OpenRoom
from tests.support.browser.browser_user import Person
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Held, effort
from tests.support.hostile_text import batches, payloads, sample

SHOWN = 50  # messages on a page that was just opened
BODIES = "bodies => bodies.map((body) => body.innerHTML.trim())"


@pytest.mark.promise
def test_nothing_hostile_fires_from_a_stored_room(
    rooms: Rooms, open_room: OpenRoom, inspect: Inspect, held: Held
) -> None:
    for number, texts in enumerate(batches(effort(sample(300), torture=payloads()), SHOWN)):
        room = f"hostile-{number}"
        rooms.store.create(room, texts[0])
        person = open_room(room)
        assert person.page.title().split() == f"{texts[0]} · chatsite".split()
        drafts = [Draft(author=text, username=text, message=text, client_id=text) for text in texts]
        rooms.append(room, drafts)
        arrived = look(person, texts, inspect)
        assert look(person.reload(), texts, inspect) == arrived
        person.page.close()
        held("hostile payloads in Chromium", len(texts))


def look(person: Person, texts: Sequence[str], inspect: Inspect) -> list[str]:
    """The HTML of each message, after a look at it."""
    expect(person.messages).to_have_count(len(texts))
    assert person.authors.all_text_contents() == list(texts)
    inspect(person.page)
    html: list[str] = person.bodies.evaluate_all(BODIES)
    return html
