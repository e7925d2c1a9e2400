"""Any conversation: whatever people, the owner and the server do, in any order, compared with a plain list of events.

Hypothesis makes up who does what, and how far the server gets with it before the next thing happens: not at all, into
the middle of a write, or to the end.
"""

import json
import logging
import sys
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from chat.conf import Conf
from chat.rooms import renderer
from chat.wire.protocol import MAX_BAD_FRAMES
from tests.support.core.simulation import AWAY, QUIET, Conversation
from tests.support.effort import Tally, effort

pauses = st.sampled_from([0, 0, 0, 0.0015, 0.0025, 0.01, 0.2, QUIET, AWAY])
tabs = st.integers(0, 5)
shares = st.integers(0, 10)  # tenths of all ids
NAMES = ["ada", "Ada", "bea", "ada-2", "charlie", "guest"]
BESIDE = {"client_id": "c"}
NONSENSE: list[tuple[str | bytes, str, str | None]] = [
    ('{"type":', "invalid_json", None),
    ("[]", "invalid_frame", None),
    (b"\0", "invalid_frame", None),
    ('{"type":"shout","client_id":"c"}', "unknown_type", "c"),
    ('{"type":"message","client_id":"c"}', "invalid_field", "c"),
    ('{"type":"history","before":5,"after":2}', "invalid_field", None),
    ('{"type":"history","limit":201}', "invalid_field", None),
    ('{"type":"message","message":" \\u200b","client_id":"c"}', "empty_message", "c"),
    ('{"type":"message","message":"\\u0007","client_id":"c"}', "invalid_text", "c"),
    (json.dumps({"type": "message", "message": "x" * 4001}), "message_too_long", None),
    ('{"type":"rename","username":""}', "invalid_name", None),
]


class AnyConversation(RuleBasedStateMachine):
    """The rules by which a conversation is made up."""

    def __init__(self, conf: Conf, tally: Tally, met: Counter[str]) -> None:
        super().__init__()
        self.conversation = Conversation(conf, met)
        self._tally = tally

    def _then(self, pause: float) -> None:
        self._tally("steps of conversations")
        self.conversation.let_pass(pause)

    def _id(self, share: int) -> int:
        """One of the ids so far, or one of the next."""
        return (self.conversation.ledger.last + 2) * share // 10

    # Coming and going

    @rule(who=tabs, pause=pauses)
    def come_back(self, who: int, pause: float) -> None:
        self.conversation.resume(self.conversation.tabs[who])
        self._then(pause)

    @rule(
        who=tabs,
        how=st.sampled_from(["anew", "earlier", "trusting", "another", "ahead", "garbage", "nameless"]),
        share=shares,
        pause=pauses,
    )
    def come(self, who: int, how: str, share: int, pause: float) -> None:
        talk, tab = self.conversation, self.conversation.tabs[who]
        if how == "garbage":
            talk.come(tab, "invalid_query", since="1e3")
        elif how == "nameless" and (not tab.author or not tab.named):
            talk.come(tab, "invalid_name", username="a\u202eb")
        elif tab.visit is None:
            query = {
                "earlier": {"since": self._id(share), "epoch": tab.epoch or "?"},
                "trusting": {"since": self._id(share)},
                "another": {"since": self._id(share), "epoch": "another"},
                "ahead": {"since": 10**6},
            }
            talk.come(tab, **query.get(how, {}))
        self._then(pause)

    @rule(who=tabs, cut=st.booleans(), pause=pauses)
    def leave(self, who: int, cut: bool, pause: float) -> None:
        self.conversation.leave(self.conversation.tabs[who], cut=cut)
        self._then(pause)

    @rule(comings=st.lists(st.tuples(tabs | st.just(5), st.booleans()), min_size=2, max_size=6), pause=pauses)
    def come_and_go(self, comings: list[tuple[int, bool]], pause: float) -> None:
        """A crowd at the door, of whom some leave at once."""
        for who, leaves in comings:
            self.conversation.resume(self.conversation.tabs[who])
            if leaves:
                self.conversation.leave(self.conversation.tabs[who], cut=False)
        self._then(pause)

    # Talking

    @rule(who=tabs, count=st.integers(1, 12), named=st.booleans(), pause=pauses)
    def say(self, who: int, count: int, named: bool, pause: float) -> None:
        talk = self.conversation
        for _ in range(count):
            talk.say(talk.tabs[who], f"c-{talk.messages}" if named else None)
        self._then(pause)

    @rule(who=tabs, reply_to=shares, named=st.booleans(), pause=pauses)
    def reply(self, who: int, reply_to: int, named: bool, pause: float) -> None:
        talk = self.conversation
        heard = talk.ledger.settled * reply_to // 9  # the last of them is too much, and the first too little
        target = heard if heard <= talk.ledger.settled else talk.ledger.last + 100
        talk.say(talk.tabs[who], f"c-{talk.messages}" if named else None, reply_to=target)
        self._then(pause)

    @rule(who=tabs, which=st.integers(0, 20), count=st.integers(1, 3), other_words=st.booleans(), pause=pauses)
    def say_again(self, who: int, which: int, count: int, other_words: bool, pause: float) -> None:
        tab = self.conversation.tabs[who]
        for sent in tab.said[-1 - which :][:count]:
            self.conversation.say(tab, sent.client_id, "" if other_words else sent.text)
        self._then(pause)

    @rule(who=tabs, pause=pauses)
    def type_something(self, who: int, pause: float) -> None:
        self.conversation.typing(self.conversation.tabs[who])
        self._then(pause)

    @rule(who=tabs, name=st.sampled_from(NAMES), pause=pauses)
    def rename(self, who: int, name: str, pause: float) -> None:
        self.conversation.rename(self.conversation.tabs[who], name)
        self._then(pause)

    @rule(who=tabs, pages=st.lists(st.tuples(st.integers(0, 2), shares, st.sampled_from([1, 2, 7, 200])), max_size=3))
    def ask(self, who: int, pages: list[tuple[int, int, int]]) -> None:
        for kind, share, limit in pages:
            border = self._id(share)
            self.conversation.ask(
                self.conversation.tabs[who], border if kind == 0 else None, border if kind == 1 else None, limit
            )
        self._then(0)

    @rule(who=tabs, frames=st.lists(st.sampled_from(NONSENSE), max_size=MAX_BAD_FRAMES), ping=st.booleans())
    def talk_nonsense(self, who: int, frames: list[tuple[str | bytes, str, str | None]], ping: bool) -> None:
        tab = self.conversation.tabs[who]
        for frame in frames:
            self.conversation.nonsense(tab, *frame)
        if ping:
            self.conversation.ping(tab)
        self._then(0)

    # The owner, and the server

    @rule(share=shares, everything=st.booleans(), pause=pauses)
    def clear(self, share: int, everything: bool, pause: float) -> None:
        self.conversation.clear(None if everything else self._id(share))
        self._then(pause)

    @rule(count=st.sampled_from([1, 2, 7, 12]), pause=pauses)
    def post(self, count: int, pause: float) -> None:
        self.conversation.post(count)
        self._then(pause)

    @rule()
    def stop(self) -> None:
        self.conversation.stop()
        self._then(0)

    @rule(
        who=tabs, count=st.integers(0, 4), after=st.sampled_from([None, 0, 1, 1, 2, 3, 5, 8]), state=st.integers(0, 60)
    )
    def kill(self, who: int, count: int, after: int | None, state: int) -> None:
        talk = self.conversation
        for _ in range(count):
            talk.say(talk.tabs[who], f"c-{talk.messages}")
        talk.kill(after, state)
        self._then(0)

    @rule()
    def wait(self) -> None:
        self._then(AWAY)

    def teardown(self) -> None:
        """After a restart somebody who has seen nothing reads all that is left."""
        talk = self.conversation
        try:
            if sys.exc_info()[0] is None:
                talk.let_pass(AWAY)
                talk.stop()
                talk.come(talk.tabs[0])
                talk.ask(talk.tabs[0], None, 0, 200)
                talk.let_pass(AWAY)
        finally:
            talk.loop.end()


@pytest.mark.promise
def test_whatever_happens_everybody_hears_what_was_said_once_and_in_order(
    conf: Conf, tally: Tally, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(renderer, "time", SimpleNamespace(perf_counter=float))  # a clock that stands still
    met: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: AnyConversation(conf, tally, met),
        settings=settings(
            max_examples=effort(50, torture=1_000),
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            phases=set(Phase) - {Phase.explain},
        ),
    )
    assert len(+met) > 5, met  # of nine: chance may leave out some
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
