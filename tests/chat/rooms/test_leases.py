"""Leases, and what they say of the rooms of their process. The time is passed in."""

from chat.rooms.processes import LEASE_ENDS_SECONDS, MAX_ROOMS, Digest, Processes, RoomState


def states(*slugs: str, version: int = 1, number: int = 1) -> dict[str, RoomState]:
    return {slug: RoomState(slug, version, number) for slug in slugs}


def test_a_lease_that_is_not_renewed_ends() -> None:
    processes = Processes()
    assert processes.hear("p", LEASE_ENDS_SECONDS, 100.0)
    assert not processes.hear("p", LEASE_ENDS_SECONDS, 107.0)
    assert processes.expire(107.0 + LEASE_ENDS_SECONDS - 0.1) == []
    assert processes.expire(107.0 + LEASE_ENDS_SECONDS) == ["p"]
    assert len(processes) == 0


def test_no_lease_ends_while_this_process_hears_nothing() -> None:
    processes = Processes()
    processes.hear("p", LEASE_ENDS_SECONDS, 100.0)
    processes.postpone(60.0)
    assert processes.expire(100.0 + LEASE_ENDS_SECONDS + 59.0) == []


def test_a_process_that_told_of_people_and_never_sent_a_lease_ends_too() -> None:
    processes = Processes()
    for moment in (100.0, 101.0):
        processes.mention("p", moment)
        processes.mention(processes.id, moment)
    assert len(processes) == 0
    processes.postpone(1.0)
    assert processes.expire(101.0 + LEASE_ENDS_SECONDS - 0.1) == []
    assert processes.expire(101.0 + LEASE_ENDS_SECONDS) == ["p"]
    processes.mention("p", 200.0)
    assert processes.hear("p", 60.0, 201.0), "its first lease"
    assert processes.expire(200.0 + LEASE_ENDS_SECONDS) == []


def test_leases_name_all_rooms_in_turn_and_changed_ones_first() -> None:
    digest = Digest()
    rooms = states(*(f"r-{number}" for number in range(3 * MAX_ROOMS)))
    named: list[str] = []
    while len(set(named)) < len(rooms):
        named += [state.room for state in digest.take(rooms)]
    assert len(named) <= 2 * len(rooms)
    while not digest.is_cycle_done:
        digest.take(rooms)
    changed = {**rooms, "r-7": RoomState("r-7", 2, 1), "r-299": RoomState("r-299", 2, 0)}
    taken = digest.take(changed)
    assert [state.room for state in taken[:2]][0] == "r-7"
    assert len(taken) <= MAX_ROOMS


def test_a_room_that_two_whole_cycles_did_not_name_was_left() -> None:
    processes = Processes()
    processes.hear("p", 23.0, 0.0)
    for lease in range(2):
        processes.take_rooms("p", lease, lease, states("lobby", "zoo").values())
    assert processes.number_in("zoo") == 1
    outcome = [
        processes.take_rooms("p", lease, lease, states("lobby").values())
        and processes.left_rooms("p", ["lobby", "zoo"])
        for lease in range(2, 6)
    ]
    assert outcome == [[], [], [], ["zoo"]]
    assert processes.number_in("zoo") == 0
    assert processes.number_in("lobby") == 1


def test_a_lost_lease_proves_nothing() -> None:
    processes = Processes()
    processes.hear("p", 23.0, 0.0)
    processes.take_rooms("p", 0, 0, states("lobby", "zoo").values())
    for lease in (2, 4, 6, 8):
        assert not processes.take_rooms("p", lease, lease, states("lobby").values())
    assert processes.number_in("zoo") == 1


def test_a_room_that_was_emptied_is_counted_no_more() -> None:
    processes = Processes()
    processes.hear("p", 23.0, 0.0)
    processes.take_rooms("p", 0, 0, states("zoo", number=5).values())
    assert processes.number_in("zoo") == 5
    processes.take_rooms("p", 1, 1, states("zoo", version=2, number=0).values())
    assert processes.number_in("zoo") == 0
