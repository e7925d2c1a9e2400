"""The people of several processes: whatever is lost, repeated or late, in the end all processes show the same."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from chat.rooms.presence import GRACE_SECONDS, People
from chat.rooms.rosters import MAX_CLAIMS, Rosters
from chat.text.confusables import skeletons
from chat.wire.protocol import MAX_MEMBERS
from tests.support.effort import Tally, effort

NAMES = ["ada", "Ada", "аda", "ada-2", "bob", "B0b", "bоb"]  # two have a Cyrillic letter


class Network:
    """Some processes with one room each, and the messages on their way. `advance` passes time; nothing really waits."""

    def __init__(self, processes: int, rng: random.Random, *, loss: float = 0.0) -> None:
        self.now = 1000.0
        self.rng, self.loss = rng, loss
        self.nodes = [Node(str(number), lambda: int(self.now * 10**6)) for number in range(processes)]
        self.on_their_way: list[tuple[int, Any]] = []
        self.sent: list[Any] = []
        for node in self.nodes:
            node.rosters.start_sharing()

    def send(self) -> None:
        """Let every process tell what it has to tell."""
        for sender, node in enumerate(self.nodes):
            node.pop_changes(self.now)
            for message in node.rosters.take_messages():
                self.sent.append(message)
                others = [number for number in range(len(self.nodes)) if number != sender]
                copies = [(number, message) for number in others for _ in range(self.rng.choice([1, 1, 1, 2]))]
                self.on_their_way += [copy for copy in copies if self.rng.random() >= self.loss]

    def deliver(self, share: float = 1.0, *, in_order: bool = False) -> None:
        """Bring some of the messages to their receivers, in any order."""
        if not in_order:
            self.rng.shuffle(self.on_their_way)
        number = round(len(self.on_their_way) * share)
        arriving, self.on_their_way = self.on_their_way[:number], self.on_their_way[number:]
        for receiver, message in arriving:
            self.nodes[receiver].rosters.receive(message, self.now)

    def settle(self) -> None:
        """Lose nothing more, and pass time until nothing changes."""
        self.loss = 0.0
        for _ in range(40):
            self.now += GRACE_SECONDS
            for node, other in itertools.permutations(self.nodes, 2):
                node.rosters.compare(other.process, other.rosters.version, other.people.number_here, self.now)
            self.send()
            self.deliver()
            if not self.on_their_way and not any(node.has_messages for node in self.nodes):
                break

    def people_here(self) -> set[str]:
        return {claim.author for node in self.nodes for claim in node.people.claims()}


class Node:
    """One process: its people, and a client of it that keeps the list by the frames that it gets."""

    def __init__(self, process: str, clock: Callable[[], int]) -> None:
        self.process = process
        self.people = People(clock)
        self.rosters = Rosters(process, self.people, itertools.count(1))
        self.connected: list[Any] = []
        self.shown: dict[str, str] = {}

    def pop_changes(self, now: float) -> None:
        if changes := self.people.pop_changes(now):
            self.shown = dict(self.shown) if changes.members is None else {}
            for member in changes.left:
                self.shown.pop(member.author, None)
            for member in [*changes.joined, *(changes.members or [])]:
                self.shown[member.author] = member.username
        self.people.pop_renamed()

    def arrive(self, author: str, wanted: str, *, has_cookie: bool = True) -> Any:
        person = self.people.arrive(author, wanted, has_cookie=has_cookie)
        self.connected.append(person)
        return person

    @property
    def has_messages(self) -> bool:
        return bool(self.rosters.is_urgent or self.people.unpublished)

    @property
    def members(self) -> list[tuple[str, str]]:
        return [(member.author, member.username) for member in self.people.members()]


def check_agreement(network: Network) -> None:
    """A process without people in the room is told nothing, and leaves its group."""
    nodes = [node for node in network.nodes if node.people.number_here] or network.nodes[:1]
    first = nodes[0]
    for node in nodes:
        node.pop_changes(network.now)
        assert node.members == first.members
        assert node.shown == dict(node.members)
        assert {author for author, _ in node.members} == network.people_here()
    shown = [skeletons(username) for _, username in first.members]
    assert len(frozenset().union(*shown)) == sum(map(len, shown)), f"confusable: {first.members}"


@pytest.mark.promise
def test_in_the_end_all_processes_show_the_same_people_and_no_confusable_names(tally: Tally) -> None:
    for seed in range(effort(150, torture=20_000)):
        rng = random.Random(seed)
        network = Network(rng.randint(2, 5), rng, loss=rng.choice([0.0, 0.1, 0.5]))
        for _ in range(60):
            _do_anything(network, rng)
        network.settle()
        check_agreement(network)
        tally("conversations of processes")


def _do_anything(network: Network, rng: random.Random) -> None:
    node, step = rng.choice(network.nodes), rng.random()
    network.now += rng.choice([0.0, 0.0001, 0.3, 3.0])
    if step < 0.3:
        author = f"a-{rng.randrange(9)}"
        node.arrive(author, rng.choice(NAMES), has_cookie=author < "a-6")
    elif step < 0.5 and node.connected:
        node.people.depart(node.connected.pop(rng.randrange(len(node.connected))), network.now)
    elif step < 0.6 and node.connected:
        node.people.rename(rng.choice(node.connected), rng.choice(NAMES))
    elif step < 0.62:
        dead = rng.choice(network.nodes)
        node.rosters.drop(dead.process)  # as if its lease had run out
    elif step < 0.8:
        network.send()
    else:
        network.deliver(rng.random())


def talk(network: Network, rounds: int = 6) -> None:
    for _ in range(rounds):
        network.send()
        network.deliver(in_order=True)


def test_who_joined_first_keeps_the_name_and_the_other_is_told() -> None:
    network = Network(2, random.Random(1))
    here, there = network.nodes
    ada = here.arrive("z", "ada")
    network.now += 0.001
    later = there.arrive("a", "аdа")  # with two Cyrillic letters, before the processes know of each other's people
    talk(network, 1)
    assert (ada.username, later.username) == ("ada", "аdа-2")
    talk(network)
    check_agreement(network)
    assert here.members == [("z", "ada"), ("a", "аdа-2")]


def test_a_process_that_heard_nothing_learns_of_the_others_from_their_leases() -> None:
    network = Network(3, random.Random(1), loss=1.0)
    for node in network.nodes:
        node.arrive(node.process, "ada")
    talk(network)
    assert [len(node.people) for node in network.nodes] == [1, 1, 1]
    network.settle()
    assert [len(node.people) for node in network.nodes] == [3, 3, 3]
    check_agreement(network)


def test_a_process_that_did_not_hear_that_all_have_left_learns_it_from_the_lease() -> None:
    network = Network(2, random.Random(1))
    here, there = network.nodes
    ada = here.arrive("a", "ada")
    there.arrive("b", "bob")
    talk(network)
    here.people.depart(ada, network.now)
    network.loss = 1.0
    network.now += GRACE_SECONDS
    talk(network)
    assert len(there.people) == 2
    network.settle()
    assert there.members == [("b", "bob")]


def test_who_loses_a_name_is_told() -> None:
    network = Network(2, random.Random(1))
    network.nodes[0].arrive("a", "ada")
    network.now += 1.0
    later = network.nodes[1].arrive("b", "ada")
    [hello, *_] = network.nodes[0].rosters.take_messages()
    network.nodes[1].rosters.receive(hello, network.now)
    assert (later.username, network.nodes[1].people.pop_renamed()) == ("ada-2", [later])


def test_who_is_renamed_by_their_other_process_is_told() -> None:
    network = Network(2, random.Random(1))
    first, second = (node.arrive("a", "ada") for node in network.nodes)
    talk(network)
    network.nodes[0].people.rename(first, "lovelace")
    [changes] = network.nodes[0].rosters.take_messages()
    network.nodes[1].rosters.receive(changes, network.now)
    assert network.nodes[1].people.pop_renamed() == [second]


def test_a_name_of_another_process_is_taken() -> None:
    network = Network(2, random.Random(1))
    network.nodes[0].arrive("a", "ada")
    network.nodes[1].arrive("b", "bob")
    talk(network)
    assert network.nodes[1].arrive("c", "ADA").username == "ADA-2"
    assert network.nodes[1].people.name_for("d", "ada").startswith("ada-")


def test_a_person_with_connections_to_two_processes_is_one_person_with_one_name() -> None:
    network = Network(2, random.Random(1))
    here, there = network.nodes
    first, second = here.arrive("a", "ada"), there.arrive("a", "ada")
    network.now += 1.0
    here.arrive("b", "bob")
    talk(network)
    assert len(here.people) == len(there.people) == 2
    here.people.rename(first, "lovelace")
    talk(network)
    assert second.username == "lovelace"
    here.people.depart(first, network.now)
    network.now += GRACE_SECONDS
    talk(network)
    assert there.members == here.members == [("a", "lovelace"), ("b", "bob")]
    there.people.depart(second, network.now)
    network.now += GRACE_SECONDS
    talk(network)
    assert there.members == here.members == [("b", "bob")]


def test_a_name_is_given_back_when_its_holder_leaves_another_process() -> None:
    network = Network(2, random.Random(1))
    here, there = network.nodes
    holder = here.arrive("a", "ada")
    here.arrive("d", "dora")
    there.arrive("c", "cleo")
    talk(network)
    waiting = there.arrive("b", "ada")
    assert waiting.username == "ada-2"
    here.people.depart(holder, network.now)
    network.now += GRACE_SECONDS
    talk(network)
    assert waiting.username == "ada"
    check_agreement(network)


def test_a_guest_without_a_cookie_who_has_gone_loses_the_name_to_a_guest_of_another_process() -> None:
    network = Network(2, random.Random(1))
    here, there = network.nodes
    gone = here.arrive("a", "bot", has_cookie=False)
    here.arrive("d", "dora")
    there.arrive("c", "cleo")
    talk(network)
    here.people.depart(gone, network.now)
    talk(network)
    assert there.arrive("b", "bot", has_cookie=False).username == "bot"
    talk(network)
    check_agreement(network)
    assert {author for author, _ in here.members} == {"b", "c", "d"}


def test_a_process_that_ended_takes_its_people_along() -> None:
    network = Network(2, random.Random(1))
    here, there = network.nodes
    here.arrive("a", "ada")
    there.arrive("b", "bob")
    here.arrive("c", "cleo")
    there.arrive("c", "cleo")
    talk(network)
    there.rosters.drop(here.process)
    there.pop_changes(network.now)
    assert [author for author, _ in there.members] == ["b", "c"]
    assert there.shown == dict(there.members)


def test_a_room_with_people_of_one_process_alone_costs_two_messages() -> None:
    network = Network(3, random.Random(1))
    people = [network.nodes[0].arrive(f"a-{number}", f"name {number}") for number in range(20)]
    talk(network)
    for person in people:
        network.nodes[0].people.rename(person, f"new {person.username}")
    network.nodes[0].people.depart(people[0], network.now)
    talk(network)
    assert [message["kind"] for message in network.sent] == ["snapshot", "hello"]


def test_nothing_is_kept_for_other_processes_while_there_are_none() -> None:
    node = Node("0", lambda: 0)
    for number in range(10):
        node.people.depart(node.arrive(f"a-{number}", "ada", has_cookie=False), 0.0)
    assert (node.people.unpublished, node.has_messages, node.rosters.take_messages()) == (None, False, [])


def test_a_large_room_shows_a_count_and_the_first_hundred_and_costs_by_its_changes() -> None:
    """No process names all people because of one: the sum of the claims is that of the changes."""
    network = Network(2, random.Random(1))
    here, there = network.nodes
    number = 10_000
    for index in range(number):
        network.nodes[index % 2].arrive(f"a-{index}", f"name {index}")
        if index % 500 == 499:
            network.now += 1.0
            talk(network, 1)
    talk(network)
    for node in network.nodes:
        assert len(node.people) == number
        frame = node.people.everybody()
        assert (frame.count, len(frame.members or [])) == (number, MAX_MEMBERS)
    assert here.members == there.members
    changes = [message for message in network.sent if message["kind"] == "changes"]
    assert sum(len(message["claims"]) for message in changes) <= number
    snapshots = [message for message in network.sent if message["kind"] == "snapshot"]
    assert sum(len(message["claims"]) for message in snapshots) < number // 2, "at the start alone"
    assert max(len(message.get("claims", [])) for message in network.sent) <= MAX_CLAIMS
    before = len(network.sent)
    here.people.rename(here.connected[0], "another")
    talk(network)
    assert [len(message["claims"]) for message in network.sent[before:]] == [1]


def test_a_process_that_comes_late_gets_everybody_in_one_snapshot() -> None:
    network = Network(3, random.Random(1))
    for index in range(300):
        network.nodes[index % 2].arrive(f"a-{index}", f"name {index}")
    talk(network)
    before = len(network.sent)
    network.nodes[2].rosters.drop_all()  # what it may have heard as a member of the group
    network.nodes[2].arrive("late", "late")
    talk(network)
    assert len(network.nodes[2].people) == 301
    assert sum(len(message.get("claims", [])) for message in network.sent[before:]) == 301
    assert {len(node.people) for node in network.nodes} == {301}


def test_a_process_that_asks_before_its_first_person_comes_is_told_once() -> None:
    """Whom it has heard of already, it is not told again when the person is there."""
    network = Network(2, random.Random(1))
    here, there = network.nodes
    here.arrive("a", "ada")
    talk(network)
    before = len(network.sent)
    there.rosters.ask([here.process], network.now)
    assert not there.rosters.is_answered
    talk(network)
    assert there.rosters.is_answered
    assert there.members == [("a", "ada")]
    assert there.arrive("b", "ada").username == "ada-2"
    talk(network)
    assert [message["kind"] for message in network.sent[before:]].count("snapshot") == 1
    assert here.members == there.members == [("a", "ada"), ("b", "ada-2")]
