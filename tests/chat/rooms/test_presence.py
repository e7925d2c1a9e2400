"""Who is here and what they are called. The time is passed in: nothing waits, nothing is timed."""

import random
from typing import Any

from chat.rooms.presence import GRACE_SECONDS, People
from chat.text.confusables import skeletons
from chat.text.names import MAX_USERNAME
from chat.wire.protocol import MAX_MEMBERS, PresenceEvent, to_builtins

NOW = 1000.0


def told(news: PresenceEvent | None) -> dict[str, Any] | None:
    """News as names alone."""
    if news is None:
        return None
    return {
        "joined": [member.username for member in news.joined],
        "left": [member.username for member in news.left],
        "count": news.count,
    }


def room(*names: str) -> People:
    """A room whose people, one author each, have been told of already."""
    people = People()
    for name in names:
        people.arrive(f"author of {name}", name)
    people.take_changes(NOW)
    return people


def names(people: People) -> list[str]:
    return [member.username for member in people.members()]


def test_whoever_arrives_is_told_once() -> None:
    people = People()
    people.arrive("a", "ada")
    people.arrive("b", "bob")
    assert told(people.take_changes(NOW)) == {"joined": ["ada", "bob"], "left": [], "count": 2}
    assert people.take_changes(NOW) is None


def test_a_second_author_of_a_name_gets_one_like_it() -> None:
    people = room("ada")
    assert people.arrive("b", "Ada").username == "Ada-2"
    assert people.arrive("c", "ada").username == "ada-3"
    assert people.arrive("d", "ａｄａ").username == "ａｄａ-4"


def test_who_looks_like_somebody_present_gets_a_number() -> None:
    people = room("admin", "modern", "Paul", "TOM")
    for wanted in ["аdmin", "ADMIN", "rnodern", "modem", "PauI", "Pаul", "ТОМ", "tom"]:
        assert people.arrive(f"author of {wanted}", wanted).username.startswith(f"{wanted}-")


def test_a_name_that_looks_like_those_of_two_is_free_when_both_are_away() -> None:
    """With a Greek nu: in small letters it is taken for the one, in capitals for the other."""
    people = room("vina", "NINA")
    wanted = "\u03bdina"
    for number, name in enumerate(["vina", "NINA"], 2):
        assert people.arrive(f"author {number}", wanted).username == f"{wanted}-{number}"
        person = people.arrive(f"author of {name}", name)
        for _ in range(2):
            people.depart(person, NOW)
    assert people.arrive("author 4", wanted).username == wanted
    news = people.take_changes(NOW)
    assert news is not None
    assert {member.username for member in news.left} == {"vina", "NINA"}


def test_a_long_name_makes_room_for_its_number() -> None:
    people = room("x" * MAX_USERNAME)
    assert people.arrive("b", "x" * MAX_USERNAME).username == "x" * (MAX_USERNAME - 2) + "-2"


def test_two_tabs_of_one_author_are_one_person() -> None:
    people = room("ada")
    first = people.arrive("author of ada", "ada")
    assert people.arrive("author of ada", "ada") is first
    assert (len(people), people.take_changes(NOW)) == (1, None)
    people.depart(first, NOW)
    people.depart(first, NOW)
    assert people.seconds_until_changes(NOW) is None, "one tab of three is still open"


def test_who_comes_back_within_the_grace_never_left() -> None:
    people = room("ada", "bob")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.take_changes(NOW + GRACE_SECONDS - 0.001) is None
    assert people.arrive("author of ada", "ada") is ada
    assert people.take_changes(NOW + 100) is None


def test_who_stays_away_is_told_when_the_grace_is_over() -> None:
    people = room("ada", "bob")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.seconds_until_changes(NOW) == GRACE_SECONDS
    assert people.seconds_until_changes(NOW + 3) == GRACE_SECONDS - 3
    assert told(people.take_changes(NOW + GRACE_SECONDS)) == {"joined": [], "left": ["ada"], "count": 1}
    assert people.seconds_until_changes(NOW + GRACE_SECONDS) is None
    assert names(people) == ["bob"]


def test_the_grace_is_over_at_the_moment_for_which_it_was_announced() -> None:
    """Rounding said at that moment that there was nothing to tell yet, and no time left to wait: round and round."""
    for tenth in range(1, 100):
        people, gone_at = room("ada"), tenth / 10
        ada = people.arrive("author of ada", "ada")
        for _ in range(2):
            people.depart(ada, gone_at)
        wait = people.seconds_until_changes(gone_at)
        assert wait is not None
        assert people.take_changes(gone_at + wait)


def test_those_who_leave_one_after_the_other_are_told_together() -> None:
    """Each of them was news of its own: a hundred who came and went in a second were a hundred frames for everybody."""
    people = People()
    crowd = [people.arrive(f"author {number}", f"name {number}") for number in range(10)]
    people.take_changes(NOW)
    for number, person in enumerate(crowd):
        people.depart(person, NOW + number / 100)
    assert people.seconds_until_changes(NOW) == GRACE_SECONDS
    first = people.take_changes(NOW + GRACE_SECONDS)
    pause = people.seconds_until_changes(NOW + GRACE_SECONDS)
    assert pause is not None
    assert pause >= 0.1
    second = people.take_changes(NOW + GRACE_SECONDS + pause)
    assert first is not None
    assert second is not None
    assert [len(first.left), len(second.left)] == [1, 9]
    assert people.seconds_until_changes(NOW + GRACE_SECONDS + pause) is None


def test_who_came_and_went_before_anybody_was_told_is_told_as_gone() -> None:
    """A guest came, left, and lost the name to the next one at once. Who was welcomed in between had the first of them
    in the list, and nobody said that they had gone: they stayed there for ever."""
    people = room("bob")
    people.depart(people.arrive("a", "guest"), NOW)
    people.arrive("cleo", "cleo")
    assert "guest" in names(people), "as cleo is told in the welcome"
    people.arrive("b", "guest")
    news = people.take_changes(NOW)
    assert news is not None
    assert [to_builtins(member) for member in news.left] == [{"username": "guest", "author": "a"}]
    assert told(news) == {"joined": ["cleo", "guest"], "left": ["guest"], "count": 3}


def test_a_name_in_its_grace_is_free_and_the_room_hears_whose_it_is_now() -> None:
    """Clients know people by their author: without a word of the old one, `ada` stood twice in their lists."""
    people = room("ada", "bob")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.arrive("another author", "ada").username == "ada"
    news = people.take_changes(NOW)
    assert news is not None
    assert [to_builtins(member) for member in news.left] == [{"username": "ada", "author": "author of ada"}]
    assert [to_builtins(member) for member in news.joined] == [{"username": "ada", "author": "another author"}]
    assert news.count == 2
    assert people.seconds_until_changes(NOW) is None, "nobody is away any more"


def test_who_lost_the_name_in_the_grace_gets_one_like_it() -> None:
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    people.arrive("another author", "ada")
    assert people.arrive("author of ada", "ada").username == "ada-2"


def test_a_name_chosen_while_away_counts_on_the_way_back() -> None:
    """The name form kept the new name in the cookie while the socket was down."""
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    people.depart(ada, NOW)
    people.depart(ada, NOW)
    assert people.arrive("author of ada", "ada lovelace").username == "ada lovelace"
    assert told(people.take_changes(NOW)) == {"joined": ["ada lovelace"], "left": ["ada"], "count": 1}


def test_a_second_tab_with_an_older_name_changes_nothing() -> None:
    people = room("ada")
    people.rename(people.arrive("author of ada", "ada"), "lovelace")
    assert people.arrive("author of ada", "ada").username == "lovelace"


def test_who_has_a_number_keeps_it_over_a_short_absence() -> None:
    people = room("ada")
    second = people.arrive("b", "ada")
    people.take_changes(NOW)
    people.depart(second, NOW)
    ada = people.arrive("author of ada", "ada")
    for _ in range(2):
        people.depart(ada, NOW)
    assert people.arrive("b", "ada").username == "ada-2", "or two people would swap names after every hiccup"


# Renaming


def test_a_rename_is_one_author_who_left_and_joined() -> None:
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    people.rename(ada, "bea")
    news = people.take_changes(NOW)
    assert told(news) == {"joined": ["bea"], "left": ["ada"], "count": 1}
    assert news is not None
    assert {member.author for member in news.joined + news.left} == {"author of ada"}


def test_a_name_that_is_taken_is_not_given_away() -> None:
    people = room("ada", "bea")
    ada = people.arrive("author of ada", "ada")
    people.rename(ada, "BEA")
    assert ada.username == "BEA-2"
    people.rename(ada, "bea-2")
    assert ada.username == "bea-2", "one's own name may change its letters"


def test_the_same_name_again_is_no_news() -> None:
    people = room("ada")
    people.rename(people.arrive("author of ada", "ada"), "ada")
    assert people.take_changes(NOW) is None


def test_renames_before_anybody_was_told_are_one_arrival() -> None:
    people = room()
    ada = people.arrive("a", "ada")
    for name in ("bea", "cleo", "dora"):
        people.rename(ada, name)
    assert told(people.take_changes(NOW)) == {"joined": ["dora"], "left": [], "count": 1}


def test_several_renames_in_one_news_leave_the_last_name_standing() -> None:
    people = room("ada")
    ada = people.arrive("author of ada", "ada")
    for name in ("bea", "cleo"):
        people.rename(ada, name)
    assert told(people.take_changes(NOW)) == {"joined": ["cleo"], "left": ["ada"], "count": 1}


def test_renaming_to_the_name_of_somebody_in_the_grace_lets_them_go() -> None:
    people = room("ada", "bea")
    bea = people.arrive("author of bea", "bea")
    people.depart(bea, NOW)
    people.depart(bea, NOW)
    people.rename(people.arrive("author of ada", "ada"), "bea")
    assert told(people.take_changes(NOW)) == {"joined": ["bea"], "left": ["bea", "ada"], "count": 1}


# Crowds


def test_a_crowd_is_told_by_its_first_hundred_and_its_count() -> None:
    people = room("ada")
    for number in range(500):
        people.arrive(f"a-{number}", f"guest {number}")
    news = people.take_changes(NOW)
    assert news is not None
    assert (news.joined, news.left, news.count) == ([], [], 501)
    assert news.members is not None
    assert [member.username for member in news.members[:2]] == ["ada", "guest 0"]
    assert len(news.members) == MAX_MEMBERS


def test_a_crowd_waits_a_little_so_that_many_are_told_at_once() -> None:
    people = People()
    people.arrive("a", "ada")
    few = people.seconds_until_changes(NOW)
    for number in range(2000):
        people.arrive(f"a-{number}", "guest")
    many = people.seconds_until_changes(NOW)
    assert few is not None
    assert many is not None
    assert few < many <= GRACE_SECONDS


def test_many_authors_of_one_name_all_get_their_own() -> None:
    people = People()
    taken = {people.arrive(f"a-{number}", "guest").username for number in range(300)}
    assert len(taken) == 300


# Whatever happens, in whatever order


def test_what_clients_are_told_adds_up_to_who_is_here() -> None:
    """A client that keeps people by author, as ours does, always ends with the server's own list."""
    for seed in range(30):
        _live_through(random.Random(seed))


def _live_through(chance: random.Random) -> None:
    people, now = People(), NOW
    here: list[Any] = []
    shown: dict[str, str] = {}
    for _ in range(200):
        now += chance.choice([0, 0.1, 3, 6])
        step = chance.random()
        if step < 0.4:
            here.append(people.arrive(f"a-{chance.randrange(8)}", chance.choice(["ada", "Ada", "bob", "cleo"])))
        elif step < 0.7 and here:
            people.depart(here.pop(chance.randrange(len(here))), now)
        elif step < 0.85 and here:
            people.rename(chance.choice(here), chance.choice(["ada", "bob", "dora"]))
        elif (news := people.take_changes(now)) is not None:
            _apply(shown, news)
            assert shown == {member.author: member.username for member in people.members()}
            assert news.count == len(shown)
        shown_names = [skeletons(member.username) for member in people.members()]
        assert len(frozenset().union(*shown_names)) == sum(map(len, shown_names)), "two people show the same name"


def _apply(shown: dict[str, str], news: PresenceEvent) -> None:
    for member in news.left:
        shown.pop(member.author, None)
    for member in news.joined:
        shown[member.author] = member.username
