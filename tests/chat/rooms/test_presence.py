"""Presence: the people of a room, their names, and the changes that clients get. The time is passed in."""

import random
from typing import Any

import pytest

from chat.rooms.presence import GRACE_SECONDS, People
from chat.text.confusables import skeletons
from chat.text.names import MAX_USERNAME
from chat.wire.protocol import MAX_MEMBERS, PresenceFrame, to_builtins

NOW = 1000.0


def usernames(event: PresenceFrame | None) -> dict[str, Any] | None:
    """A presence event with usernames in the place of members."""
    if event is None:
        return None
    return {
        "joined": [member.username for member in event.joined],
        "left": [member.username for member in event.left],
        "count": event.count,
    }


def room(*names: str) -> People:
    """People, one author each, whose arrival was announced already."""
    people = People()
    for name in names:
        people.arrive(f"author of {name}", name)
    people.pop_changes(NOW)
    return people


def names(people: People) -> list[str]:
    return [member.username for member in people.members()]


def test_arrivals_are_announced_once() -> None:
    people = People()
    people.arrive("a", "ada")
    people.arrive("b", "bob")
    assert usernames(people.pop_changes(NOW)) == {"joined": ["ada", "bob"], "left": [], "count": 2}
    assert people.pop_changes(NOW) is None


def test_another_author_with_the_same_name_gets_a_number() -> None:
    people = room("ada")
    assert people.arrive("b", "Ada").username == "Ada-2"
    assert people.arrive("c", "ada").username == "ada-3"
    assert people.arrive("d", "ａｄａ").username == "ａｄａ-4"


def test_a_confusable_name_gets_a_number() -> None:
    people = room("admin", "modern", "Paul", "TOM")
    for wanted in ["аdmin", "ADMIN", "rnodern", "modem", "PauI", "Pаul", "ТОМ", "tom"]:
        assert people.arrive(f"author of {wanted}", wanted).username.startswith(f"{wanted}-")


def test_a_name_confusable_with_two_names_is_free_when_both_are_away() -> None:
    """The name has a Greek nu: in lower case it is confusable with the one name, in upper case with the other."""
    people = room("vina", "NINA")
    wanted = "\u03bdina"
    for number, name in enumerate(["vina", "NINA"], 2):
        assert people.arrive(f"author {number}", wanted).username == f"{wanted}-{number}"
        person = people.arrive(f"author of {name}", name)
        for _ in range(2):
            people.depart(person, NOW)
    assert people.arrive("author 4", wanted).username == wanted
    changes = people.pop_changes(NOW)
    assert changes is not None
    assert {member.username for member in changes.left} == {"vina", "NINA"}


def test_a_long_name_is_cut_in_front_of_its_number() -> None:
    people = room("x" * MAX_USERNAME)
    assert people.arrive("b", "x" * MAX_USERNAME).username == "x" * (MAX_USERNAME - 2) + "-2"


def test_two_connections_of_one_author_are_one_person() -> None:
    people = room("ada")
    first = people.arrive("author of ada", "ada")
    assert people.arrive("author of ada", "ada") is first
    assert (len(people), people.pop_changes(NOW)) == (1, None)
    people.depart(first, NOW)
    people.depart(first, NOW)
    assert people.seconds_until_changes(NOW) is None, "one of three connections is still open"


def test_a_person_who_reconnects_within_the_grace_period_never_left() -> None:
    people = room("ada", "bob")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.pop_changes(NOW + GRACE_SECONDS - 0.001) is None
    assert people.arrive("author of ada", "ada") is ada
    assert people.pop_changes(NOW + 100) is None


def test_a_person_has_left_when_the_grace_period_is_over() -> None:
    people = room("ada", "bob")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.seconds_until_changes(NOW) == GRACE_SECONDS
    assert people.seconds_until_changes(NOW + 3) == GRACE_SECONDS - 3
    assert usernames(people.pop_changes(NOW + GRACE_SECONDS)) == {"joined": [], "left": ["ada"], "count": 1}
    assert people.seconds_until_changes(NOW + GRACE_SECONDS) is None
    assert names(people) == ["bob"]


def test_the_grace_period_is_over_when_the_timer_fires() -> None:
    """Regression: with a rounding error there was no change yet and no time left to wait: the timer fired without
    end.
    """
    for tenth in range(1, 100):
        people, gone_at = room("ada"), tenth / 10
        ada = people.arrive("author of ada", "ada")
        for _ in range(2):
            people.depart(ada, gone_at)
        delay = people.seconds_until_changes(gone_at)
        assert delay is not None
        assert people.pop_changes(gone_at + delay)


def test_departures_shortly_after_each_other_are_announced_together() -> None:
    """Regression: a hundred people who joined and left within a second were a hundred frames for every client."""
    people = People()
    arrived = [people.arrive(f"author {number}", f"name {number}") for number in range(10)]
    people.pop_changes(NOW)
    for number, person in enumerate(arrived):
        people.depart(person, NOW + number / 100)
    assert people.seconds_until_changes(NOW) == GRACE_SECONDS
    first = people.pop_changes(NOW + GRACE_SECONDS)
    pause = people.seconds_until_changes(NOW + GRACE_SECONDS)
    assert pause is not None
    assert pause >= 0.1
    second = people.pop_changes(NOW + GRACE_SECONDS + pause)
    assert first is not None
    assert second is not None
    assert [len(first.left), len(second.left)] == [1, 9]
    assert people.seconds_until_changes(NOW + GRACE_SECONDS + pause) is None


def test_a_departure_is_announced_even_if_the_arrival_was_not() -> None:
    """Regression: a guest joined, left, and lost the name to the next guest. A client that was welcomed in between
    had the first guest in its list, and got no event that removed it: the guest stayed in that list for ever.
    """
    people = room("bob")
    people.depart(people.arrive("a", "guest"), NOW)
    people.arrive("cleo", "cleo")
    assert "guest" in names(people), "as in cleo's welcome"
    people.arrive("b", "guest")
    changes = people.pop_changes(NOW)
    assert changes is not None
    assert [to_builtins(member) for member in changes.left] == [{"username": "guest", "author": "a"}]
    assert usernames(changes) == {"joined": ["cleo", "guest"], "left": ["guest"], "count": 3}


def test_a_name_in_its_grace_period_is_free_and_changes_its_author() -> None:
    """Regression: without the departure of the first one, `ada` was in the clients' lists twice, because they identify
    people by author.
    """
    people = room("ada", "bob")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.arrive("another author", "ada").username == "ada"
    changes = people.pop_changes(NOW)
    assert changes is not None
    assert [to_builtins(member) for member in changes.left] == [{"username": "ada", "author": "author of ada"}]
    assert [to_builtins(member) for member in changes.joined] == [{"username": "ada", "author": "another author"}]
    assert changes.count == 2
    assert people.seconds_until_changes(NOW) is None, "no person is in the grace period"


def test_a_person_who_lost_the_name_in_the_grace_period_returns_with_a_number() -> None:
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    people.arrive("another author", "ada")
    assert people.arrive("author of ada", "ada").username == "ada-2"


def test_a_name_chosen_while_away_is_used_on_return() -> None:
    """The name form stored the new name in the cookie while the WebSocket was closed."""
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.arrive("author of ada", "ada lovelace").username == "ada lovelace"
    assert usernames(people.pop_changes(NOW)) == {"joined": ["ada lovelace"], "left": ["ada"], "count": 1}


def test_a_second_connection_with_an_older_name_changes_nothing() -> None:
    people = room("ada")
    people.rename(people.arrive("author of ada", "ada"), "lovelace")
    assert people.arrive("author of ada", "ada").username == "lovelace"


def test_a_number_is_kept_over_a_short_absence() -> None:
    people = room("ada")
    second = people.arrive("b", "ada")
    people.pop_changes(NOW)
    people.depart(second, NOW)
    ada = people.arrive("author of ada", "ada")
    for _ in range(2):
        people.depart(ada, NOW)
    assert people.arrive("b", "ada").username == "ada-2", (
        "otherwise two people would swap names after every short interruption"
    )


# Renaming


def test_a_rename_is_one_author_in_left_and_joined() -> None:
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    people.rename(ada, "bea")
    changes = people.pop_changes(NOW)
    assert usernames(changes) == {"joined": ["bea"], "left": ["ada"], "count": 1}
    assert changes is not None
    assert {member.author for member in changes.joined + changes.left} == {"author of ada"}


def test_a_rename_to_a_taken_name_gets_a_number() -> None:
    people = room("ada", "bea")
    ada = people.arrive("author of ada", "ada")
    people.rename(ada, "BEA")
    assert ada.username == "BEA-2"
    people.rename(ada, "bea-2")
    assert ada.username == "bea-2", "a person's own name may change its case"


def test_a_rename_to_the_same_name_is_no_change() -> None:
    people = room("ada")
    people.rename(people.arrive("author of ada", "ada"), "ada")
    assert people.pop_changes(NOW) is None


def test_renames_before_the_arrival_is_announced_are_one_arrival() -> None:
    people = room()
    ada = people.arrive("a", "ada")
    for name in ("bea", "cleo", "dora"):
        people.rename(ada, name)
    assert usernames(people.pop_changes(NOW)) == {"joined": ["dora"], "left": [], "count": 1}


def test_several_renames_are_one_change_to_the_last_name() -> None:
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    for name in ("bea", "cleo"):
        people.rename(ada, name)
    assert usernames(people.pop_changes(NOW)) == {"joined": ["cleo"], "left": ["ada"], "count": 1}


def test_a_rename_to_a_name_in_its_grace_period_ends_that_period() -> None:
    people = room("ada", "bea")
    bea = people.arrive("author of bea", "bea")
    people.depart(bea, NOW)
    people.depart(bea, NOW)
    people.rename(people.arrive("author of ada", "ada"), "bea")
    assert usernames(people.pop_changes(NOW)) == {"joined": ["bea"], "left": ["bea", "ada"], "count": 1}


# Many people


def test_many_changes_are_announced_as_the_first_hundred_members_and_a_count() -> None:
    people = room("ada")
    for number in range(500):
        people.arrive(f"a-{number}", f"guest {number}")
    changes = people.pop_changes(NOW)
    assert changes is not None
    assert (changes.joined, changes.left, changes.count) == ([], [], 501)
    assert changes.members is not None
    assert [member.username for member in changes.members[:2]] == ["ada", "guest 0"]
    assert len(changes.members) == MAX_MEMBERS


def test_the_delay_of_changes_grows_with_the_room() -> None:
    people = People()
    people.arrive("a", "ada")
    few = people.seconds_until_changes(NOW)
    for number in range(2000):
        people.arrive(f"a-{number}", "guest")
    many = people.seconds_until_changes(NOW)
    assert few is not None
    assert many is not None
    assert few < many <= GRACE_SECONDS


def test_many_authors_with_one_name_all_get_different_names() -> None:
    people = People()
    taken = {people.arrive(f"a-{number}", "guest").username for number in range(300)}
    assert len(taken) == 300


# Random changes


def test_the_changes_add_up_to_the_list_of_members() -> None:
    """A client that keeps people by author, as ours does, always has the same list as the server."""
    for seed in range(30):
        _check_random_changes(random.Random(seed))


def _check_random_changes(rng: random.Random) -> None:
    people, now = People(), NOW
    connected: list[Any] = []
    shown: dict[str, str] = {}
    for _ in range(200):
        now += rng.choice([0, 0.1, 3, 6])
        step = rng.random()
        if step < 0.4:
            connected.append(people.arrive(f"a-{rng.randrange(8)}", rng.choice(["ada", "Ada", "bob", "cleo"])))
        elif step < 0.7 and connected:
            people.depart(connected.pop(rng.randrange(len(connected))), now)
        elif step < 0.85 and connected:
            people.rename(rng.choice(connected), rng.choice(["ada", "bob", "dora"]))
        elif (changes := people.pop_changes(now)) is not None:
            _apply(shown, changes)
            assert shown == {member.author: member.username for member in people.members()}
            assert changes.count == len(shown)
        assert people.members() == [person.member for _, _, person in people._order], "a list that was kept"
        shown_names = [skeletons(member.username) for member in people.members()]
        assert len(frozenset().union(*shown_names)) == sum(map(len, shown_names)), "two names are confusable"


def _apply(shown: dict[str, str], changes: PresenceFrame) -> None:
    for member in changes.left:
        shown.pop(member.author, None)
    for member in changes.joined:
        shown[member.author] = member.username


def test_a_name_in_a_cookie_is_held_while_its_author_reconnects() -> None:
    """Regression: during a reload of the page another person could take the name."""
    people = People()
    ada = people.arrive("a", "ada", has_cookie=True)
    people.depart(ada, NOW)
    assert people.arrive("m", "аdа").username == "аdа-2", "also one that looks like it"
    assert people.arrive("a", "ada", has_cookie=True).username == "ada"


def test_a_name_in_a_cookie_is_free_after_the_grace_period() -> None:
    people = People()
    people.depart(people.arrive("a", "ada", has_cookie=True), NOW)
    people.pop_changes(NOW + GRACE_SECONDS)
    assert people.arrive("b", "ada").username == "ada"


def test_a_name_in_a_cookie_is_given_back_when_it_is_free() -> None:
    """Regression: whoever came back a little too late was `ada-2` until they reloaded the page."""
    people = People()
    other = people.arrive("m", "ada")
    ada = people.arrive("a", "ada", has_cookie=True)
    guest = people.arrive("g", "ada")
    people.pop_changes(NOW)
    assert (ada.username, guest.username) == ("ada-2", "ada-3")
    people.depart(other, NOW)
    assert people.pop_changes(NOW + 1.0) is None
    changes = people.pop_changes(NOW + GRACE_SECONDS)
    assert usernames(changes) == {"joined": ["ada"], "left": ["ada", "ada-2"], "count": 2}
    assert (people.pop_renamed(), people.pop_renamed()) == ([ada], [])
    assert (ada.you.username, ada.you.asked, guest.username) == ("ada", None, "ada-3")


def test_a_name_is_given_back_when_its_holder_takes_another() -> None:
    people = People()
    other = people.arrive("m", "ada")
    ada = people.arrive("a", "ada", has_cookie=True)
    people.rename(other, "eve")
    people.pop_changes(NOW)
    assert ada.username == "ada"


@pytest.mark.parametrize(
    "wanted",
    [
        *("chatsite", "Chatsite", "сhatsite", "chat\u00adsite", "ｃｈａｔｓｉｔｅ"),
        *("chatsite.", "chat site", "Chat-Site", "~chatsite~", "chаtsite ✓"),  # regression: they were free
    ],
)
def test_nobody_has_the_name_of_the_commands(wanted: str) -> None:
    """Regression: a visitor could speak under the name that `post_message` speaks under."""
    people = People()
    assert people.arrive("m", wanted, has_cookie=True).username == f"{wanted}-2"
    people.rename(people.arrive("b", "bob"), wanted)
    people.pop_changes(NOW)
    assert names(people) == [f"{wanted}-2", f"{wanted}-3"]


def test_the_list_of_members_is_made_again_only_when_the_first_ones_change() -> None:
    people = People()
    everybody = [people.arrive(f"a-{number}", f"name {number}") for number in range(MAX_MEMBERS + 2)]
    first = people.members()
    people.rename(everybody[-1], "another")
    people.arrive("late", "late")
    people.arrive("a-0", "name 0")
    assert people.members() is first
    people.rename(everybody[MAX_MEMBERS - 1], "the last one")
    assert people.members() is not first
    assert people.members()[-1].username == "the last one"
