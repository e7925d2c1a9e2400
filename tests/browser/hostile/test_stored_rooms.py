"""The corpus in everything that a room stores: messages, usernames, room names and ids.

No payload has an effect, neither in the page that the server renders nor in an open page that receives it as a frame.
test_alarms.py shows which effects these tests would detect.
"""

from collections.abc import Sequence

import pytest
from playwright.sync_api import expect

from chat.storage import Draft
from tests.browser.hostile.conftest import CheckPage, OpenRoom
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Tally, effort
from tests.support.hostile_text import batches, payloads, sample

BATCH_SIZE = 50  # messages on a page that was just opened
BODIES = "bodies => bodies.map((body) => body.innerHTML.trim())"


@pytest.mark.promise
def test_payloads_in_a_stored_room_stay_text(
    rooms: Rooms, open_room: OpenRoom, check_page: CheckPage, tally: Tally
) -> None:
    for number, texts in enumerate(batches(effort(sample(300), torture=payloads()), BATCH_SIZE)):
        room = f"hostile-{number}"
        rooms.store.create(room, texts[0])
        user = open_room(room)
        assert user.page.title().split() == f"{texts[0]} · chatsite".split()
        drafts = [Draft(author=text, username=text, message=text, client_id=text) for text in texts]
        rooms.append(room, drafts)
        received = check_messages(user, texts, check_page)
        assert check_messages(user.reload(), texts, check_page) == received
        user.page.close()
        tally("hostile payloads in Chromium", len(texts))


def check_messages(user: BrowserUser, texts: Sequence[str], check_page: CheckPage) -> list[str]:
    """Check the page, and return the HTML of each message."""
    expect(user.messages).to_have_count(len(texts))
    assert user.authors.all_text_contents() == list(texts)
    check_page(user.page)
    html: list[str] = user.bodies.evaluate_all(BODIES)
    return html
