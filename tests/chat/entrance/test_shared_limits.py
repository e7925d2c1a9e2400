"""The limits of one address over several processes: how much more than with one process it gets."""

import pytest

from chat import conf
from chat.conf import Conf
from chat.entrance import shared_limits
from chat.entrance.limits import ACTIONS, FRAMES, JOINS, AddressRegistry, ConnectionLimiter
from chat.entrance.shared_limits import MAX_ADDRESSES, MAX_CROWDS, SharedLimits
from chat.wire.errors import ProtocolError

ADDRESS = "192.0.2.7"


@pytest.fixture
def settings() -> Conf:
    return conf.load({})


class Processes:
    """Processes that tell each other once a second what an address has spent."""

    def __init__(self, number: int, settings: Conf) -> None:
        self.settings = settings
        self.registries = [AddressRegistry(settings) for _ in range(number)]
        self.shared = [SharedLimits(registry) for registry in self.registries]
        self.told = 0

    def flood(self, seconds: int) -> int:
        """Send as much as possible to all processes; returns how many messages were admitted."""
        admitted = 0
        for second in range(seconds):
            for tenth in range(10):
                now = 1000.0 + second + tenth / 10
                admitted += sum(self._messages(registry, now) for registry in self.registries)
            self.tell(1001.0 + second)
        return admitted

    def _messages(self, registry: AddressRegistry, now: float) -> int:
        """From a hundred connections, each with few messages."""
        admitted = 0
        for _ in range(100):
            limiter = ConnectionLimiter(self.settings, registry.get(ADDRESS, now))
            try:
                for _ in range(20):
                    limiter.consume(FRAMES, now)
                    limiter.consume(ACTIONS, now)
                    admitted += 1
            except ProtocolError:
                break
        return admitted

    def tell(self, now: float) -> None:
        usages = [shared.take_usage() for shared in self.shared]
        for sender, usage in enumerate(usages):
            self.told += len(usage)
            for receiver, shared in enumerate(self.shared):
                if receiver != sender:
                    shared.charge(usage, now)


@pytest.mark.parametrize("number", [2, 5])
def test_over_a_longer_time_an_address_gets_what_one_process_would_give(settings: Conf, number: int) -> None:
    rate, burst, seconds = 100, 300, 60
    admitted = Processes(number, settings).flood(seconds)
    assert burst + rate * seconds * 0.95 < admitted
    assert admitted <= number * burst * 1.1 + rate * (seconds + number)


def test_what_is_not_much_is_told_when_it_adds_up(settings: Conf) -> None:
    processes = Processes(2, settings)
    here = processes.registries[0]
    for second in range(40):
        limiter = here.get(ADDRESS, 1000.0 + second)
        limiter.consume(JOINS, 1000.0 + second)
        processes.tell(1000.0 + second)
    assert processes.told == 1
    there = processes.registries[1].get(ADDRESS, 1000.0)
    assert (there.buckets[JOINS].spent, there.told) == (0, {}), "so it is not told back"


def test_an_address_that_was_blocked_in_one_process_is_blocked_in_the_others(settings: Conf) -> None:
    processes = Processes(2, settings)
    here, there = (registry.get(ADDRESS, 1000.0) for registry in processes.registries)
    here.block(JOINS, 1000.0, 5.0)
    processes.tell(1000.5)
    with pytest.raises(ProtocolError):
        there.consume(JOINS, 1001.0)
    there.consume(JOINS, 1006.0)


def test_a_message_has_a_bound_and_the_other_addresses_are_in_the_next_one(settings: Conf) -> None:
    registry = AddressRegistry(settings)
    shared = SharedLimits(registry)
    for number in range(MAX_ADDRESSES + 20):
        for _ in range(30):
            registry.get(f"a-{number}", 1000.0).consume(JOINS, 1000.0)
    first, second = shared.take_usage(), shared.take_usage()
    assert (len(first), len(second), shared.take_usage()) == (MAX_ADDRESSES, 20, {})
    assert not first.keys() & second.keys()


def test_addresses_that_spend_all_the_time_do_not_keep_others_from_being_told(
    settings: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: each message began with the same addresses, so a hundred busy ones hid all others for ever."""
    monkeypatch.setattr(shared_limits, "MAX_LOOKS", 150)
    registry = AddressRegistry(settings)
    shared = SharedLimits(registry)
    addresses = [f"a-{number}" for number in range(400)]
    told: set[str] = set()
    for second in range(6):
        now = 1000.0 + second
        for number, address in enumerate(addresses):
            limiter = registry.get(address, now)
            if second == 0 or 150 <= number < 390:
                limiter.consume(JOINS, now)
                limiter.buckets[JOINS].charge(50)
        usage = shared.take_usage()
        assert len(usage) <= MAX_ADDRESSES
        told |= usage.keys()
    assert told == set(addresses)


def test_a_crowd_that_has_shrunk_is_none_any_more(settings: Conf) -> None:
    registry = AddressRegistry(settings)
    limiters = [registry._enter(ADDRESS, 1000.0) for _ in range(100)]
    assert list(registry.crowds) == [ADDRESS]
    registry.leave(limiters[0])
    assert registry.crowds == {}


def test_what_was_spent_while_alone_is_not_told_to_a_new_process(settings: Conf) -> None:
    registry = AddressRegistry(settings)
    shared = SharedLimits(registry)
    for _ in range(100):
        registry.get(ADDRESS, 1000.0).consume(JOINS, 1000.0)
    shared.skip_usage()
    assert shared.take_usage() == {}


async def test_the_connections_of_a_process_that_ended_count_no_more(settings: Conf) -> None:
    registry = AddressRegistry(settings)
    shared = SharedLimits(registry)
    shared.set_crowds("p-1", {ADDRESS: 600})
    shared.set_crowds("p-2", {ADDRESS: 500})
    with pytest.raises(ProtocolError, match="1100"):
        registry._enter(ADDRESS, 1000.0)
    shared.set_crowds("p-2", {ADDRESS: 300})
    registry._enter(ADDRESS, 1000.0)
    shared.drop("p-1")
    assert dict(registry.elsewhere) == {ADDRESS: 300}
    shared.drop("p-2")
    assert dict(registry.elsewhere) == {}


def test_the_largest_crowds_are_told_and_again_when_they_change(settings: Conf) -> None:
    registry = AddressRegistry(settings)
    shared = SharedLimits(registry)
    for number in range(MAX_CROWDS + 5):
        for _ in range(100 + number):
            registry._enter(f"a-{number}", 1000.0)
    assert shared.have_crowds_changed
    crowds = shared.take_crowds()
    assert len(crowds) == MAX_CROWDS
    assert "a-0" not in crowds
    assert not shared.have_crowds_changed
    for _ in range(100):
        registry._enter("a-20", 1000.0)
    assert shared.have_crowds_changed
