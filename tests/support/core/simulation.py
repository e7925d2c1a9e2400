"""Several people in one room, the owner, and a server that is started again; and what each of them must hear.

Nothing is timed and nothing is left to chance: the disk is in memory, and threads and the clock are the event loop's
own. A *tab* is somebody's browser: it has a `Visit` while it is connected, and remembers how far it has read. Whatever
was done is compared with the `Ledger` after every step, and in full when nothing is under way any more.
"""

import json
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice

from channels.layers import channel_layers
from django.core import signing

from chat.conf import Conf
from chat.entrance.identity import COOKIE
from chat.history.clearing import plan
from chat.rooms.hub import Hub
from chat.rooms.room import TYPING_INTERVAL_SECONDS
from chat.routing import application
from chat.storage.json_file import JsonFileStore
from chat.wire.protocol import CloseCode
from tests.support.core.checked_connection import RESUME_MAX, Sent, Visit
from tests.support.core.event_model import Event, Ledger
from tests.support.core.virtual_time_loop import Killed, ThreadlessLoop
from tests.support.storage.disk_faults import Trouble
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, open_lobby, said

QUIET = 1.0  # seconds in which everything ends that is under way
AWAY = 7.0  # and in which everybody hears who is gone
CHANGES = {"write", "truncate", "sync_data", "sync", "rename", "sync_folder", "remove"}


@dataclass
class Tab:
    """A browser. Guests have no cookie, so they are somebody else each time; a cookie can be without a name."""

    username: str
    author: str = ""
    named: bool = True
    visit: Visit | None = None
    position: int | None = None
    epoch: str = ""
    said: list[Sent] = field(default_factory=list)  # what can be said again

    @property
    def cookie(self) -> str | None:
        name = self.username if self.named else ""
        return f"{COOKIE}={signing.dumps((self.author, name), salt='chat.identity')}" if self.author else None


def people() -> list[Tab]:
    """Ada has two tabs, and Bea. Charlie calls himself Ada too."""
    ada, bea = Tab("ada", "author-a"), Tab("bea", "author-b", named=False)
    return [ada, replace(ada, said=ada.said), bea, replace(bea, said=bea.said), Tab("Ada", "author-c"), Tab("guest")]


class Conversation:
    """The server, its disk, everybody's tabs, and what is known of all this."""

    def __init__(self, conf: Conf, met: Counter[str]) -> None:
        self._conf = replace(conf, rate=0.0, resume_max=RESUME_MAX)
        self.disk = MemoryDisk()
        self.ledger = Ledger(met)
        self.tabs = people()
        self.visits: list[Visit] = []
        self.messages = 0
        self._torn = False  # whether nobody has opened the file since the last crash
        self._wants: dict[str, set[str]] = defaultdict(set)  # names that an author has asked for
        self._typed_at: dict[str | Visit, float] = {}  # when somebody typed last
        self._start()

    def _start(self) -> None:
        channel_layers.backends.clear()
        self.loop = ThreadlessLoop()
        self._hub = Hub(JsonFileStore(FOLDER, self.disk), self._conf)
        self._site = application(self._hub, None)

    # What people do

    def come(self, tab: Tab, refusal: str = "", **query: object) -> Visit:
        """Connect; `refusal` is the code of the error that must come of it."""
        name = str(query.setdefault("username", tab.username))
        visit = Visit(self.loop, self._site, self.ledger, self.disk, tab.cookie, **query)
        visit.wants.add(name if not (tab.author and tab.named) else tab.username)
        self.visits.append(visit)
        if refusal:
            visit.owed.append(("error", refusal, None))
            visit.end = "refused"
        else:
            tab.visit = visit
        return visit

    def resume(self, tab: Tab) -> Visit:
        """The tab's connection; if it has none, it comes back to where it was."""
        if tab.visit is not None:
            return tab.visit
        return self.come(tab) if tab.position is None else self.come(tab, since=tab.position, epoch=tab.epoch)

    def say(self, tab: Tab, client_id: str | None, text: str = "", reply_to: int | None = None) -> None:
        """Say something new, or under a known `client_id` again, perhaps in other words."""
        visit = self.resume(tab)
        self.messages += 1
        known = self.ledger.find(tab.author, client_id)
        sent = Sent(
            text or f"words {self.messages}",
            client_id,
            reply_to,
            known["id"] if known and known["id"] <= self.ledger.settled else 0,
            wrong=reply_to is not None and not 1 < reply_to <= self.ledger.settled,
        )
        visit.say(sent)
        if client_id is not None and not sent.wrong and tab.author:
            tab.said.append(sent)

    def rename(self, tab: Tab, username: str) -> None:
        visit = self.resume(tab)
        visit.command("rename", username=username)
        visit.wants.add(username)
        visit.renames.append(username)

    def typing(self, tab: Tab) -> None:
        visit = self.resume(tab)
        visit.command("typing")
        visit.typed += 1
        who, now = tab.author or visit, self.loop.time()
        visit.typed_anew += now - self._typed_at.get(who, -math.inf) >= TYPING_INTERVAL_SECONDS + QUIET
        self._typed_at[who] = now

    def ask(self, tab: Tab, before: int | None, after: int | None, limit: int) -> None:
        asked = {"before": before, "after": after, "limit": limit}
        visit = self.resume(tab)
        visit.command("history", **{name: value for name, value in asked.items() if value is not None})
        visit.owed.append(("history", before, after, limit))

    def ping(self, tab: Tab) -> None:
        visit = self.resume(tab)
        visit.command("ping")
        visit.owed.append(("pong",))

    def nonsense(self, tab: Tab, frame: str | bytes, code: str, client_id: str | None) -> None:
        visit = self.resume(tab)
        visit.nonsense(frame, code, client_id)
        if not visit.is_open:
            tab.visit = None

    def leave(self, tab: Tab, *, cut: bool) -> None:
        if tab.visit is None:
            return
        tab.visit.end = "cut" if cut else "left"
        tab.visit.cut() if cut else tab.visit.hang_up()
        tab.visit = None

    # What the owner does, by commands, whose log is another one on the same file

    def clear(self, through: int | None) -> None:
        """Up to an id, or everything."""
        self._take_in()
        log = open_lobby(self.disk)
        self._torn = False
        self._take_in()
        log.clear(plan(log, None).through if through is None else through)
        log.close()
        self._take_in()

    def post(self, count: int) -> None:
        """Messages that come from a script, in one batch."""
        self._take_in()
        log = open_lobby(self.disk)
        self._torn = False
        self._take_in()
        log.append([said(f"script {self.ledger.last + number}", author="script") for number in range(count)])
        log.close()
        self._take_in()

    # The server

    def stop(self) -> None:
        """The server says goodbye, and another one starts."""
        opened = self._part("sent off")
        self.loop.run_until_complete(self._hub.shut_down())
        self.loop.let_pass(QUIET)
        self.listen()
        for visit in opened:
            assert visit.closed == CloseCode.GOING_AWAY
            assert visit.position == self.ledger.last or not visit.settled
        self.loop.run_until_complete(self._hub.close())
        self._begin_again()

    def kill(self, after: int | None, state: int) -> None:
        """The process dies before its next call of the disk but so many, or at once, and another one starts.

        The first state is what such a death leaves; the others are those of a machine that dies.
        """
        self._part("cut")
        if after is not None:
            self.disk.trouble = dying(after)
            self.loop.let_pass(QUIET)
        self.loop.kill()
        left = list(islice(self.disk.after_a_crash(LOBBY, fine=False), state + 1))
        self.disk, self._torn = MemoryDisk(left[-1]), True
        self.ledger.met["torn files"] += not left[-1].get(LOBBY, b"\n]\n").endswith(b"\n]\n")
        self.listen()
        self._begin_again()

    def _part(self, end: str) -> list[Visit]:
        opened = [visit for visit in self.visits if visit.is_open]
        for visit in opened:
            visit.end = end
        for tab in self.tabs:
            tab.visit = None
        return opened

    def _begin_again(self) -> None:
        self.loop.end()
        self.visits.clear()
        self._wants.clear()
        self._typed_at.clear()
        self.ledger.settled = self.ledger.last
        self._start()

    # What must be true

    def let_pass(self, seconds: float) -> None:
        """Time, if any, and a look at what became of everything by then."""
        if seconds:
            self.loop.let_pass(seconds)
        self.listen()
        if seconds >= QUIET:
            self._settle()
        if seconds >= AWAY:
            self._compare_people()

    def listen(self) -> None:
        """Every frame that was heard, and every record, is one that there can be."""
        self._take_in()
        for visit in self.visits:
            visit.listen()
            if visit.author is not None:
                self._wants[visit.author] |= visit.wants
        for tab in self.tabs:
            if tab.visit is not None and tab.visit.position is not None:
                tab.position, tab.epoch = tab.visit.position, tab.visit.epoch

    def _take_in(self) -> None:
        records = self._records()
        assert records or not self.ledger.events
        for event in self.ledger.take_in(records) if records else []:
            if event["type"] == "message" and event["author"] != "script":
                self._find_sender(event)

    def _records(self) -> list[Event]:
        """What is in the file; if it may be torn, what is in it when it was opened once."""
        disk = self.disk
        if self._torn:
            disk = MemoryDisk({path: disk.nodes[number].content for path, number in disk.names.items()})
            log = open_lobby(disk)
            log.close()
        content = disk.content(LOBBY) if LOBBY in disk.names else b""
        return list(json.loads(content)) if content else []

    def _find_sender(self, event: Event) -> None:
        """Somebody who is still to be served said it, behind what is stored of them already."""
        for visit in self.visits:
            for number, sent in enumerate(visit.sent):
                if sent.text != event["message"] or sent.stored or any(later.stored for later in visit.sent[number:]):
                    continue
                assert (sent.client_id, sent.reply_to) == (event.get("client_id"), event.get("reply_to"))
                assert visit.author in {None, event["author"]}
                sent.stored = True
                return
        raise AssertionError(f"nobody said {event}, or not now")

    def _settle(self) -> None:
        self._compare_typing()
        self._compare_renames()
        if any(visit.is_open for visit in self.visits):
            self._torn = False
        for visit in self.visits:
            visit.settle()
        self.visits = [visit for visit in self.visits if visit.is_open]
        self.ledger.settled = self.ledger.last

    def _compare_typing(self) -> None:
        """The others hear it, unless they came or went meanwhile, or heard it of the same person just before."""
        for visit in self.visits:
            others = [other for other in self.visits if other.typed and other.author != visit.author]
            sure = [other for other in others if other.is_open and other.settled]
            if visit.is_open and visit.settled:
                assert sum(one.typed_anew for one in sure) <= visit.heard_typing
            assert visit.heard_typing <= sum(other.typed for other in others)

    def _compare_renames(self) -> None:
        """Somebody who asked for names on one of their tabs is called as the last of them."""
        for visit in self.visits:
            same = [other for other in self.visits if other.author == visit.author]
            if visit.renames and visit.is_open and visit.settled and not any(it.renames for it in same if it != visit):
                assert _is_like(visit.view[str(visit.author)], visit.renames[-1])

    def _compare_people(self) -> None:
        """Everybody sees who is here, under names that nobody shares, and that were asked for where they are free."""
        opened = [visit for visit in self.visits if visit.is_open]
        here = {str(visit.author) for visit in opened}
        for visit in opened:
            assert visit.view == opened[0].view
            assert (set(visit.view), visit.count) == (here, len(here))
        for author, name in opened[0].view.items() if opened else []:
            assert any(_is_like(name, want) for want in self._wants[author])
            stems = {_stem(want) for want in self._wants[author]}
            others = {_stem(want) for other in self._wants if other != author for want in self._wants[other]}
            assert name in self._wants[author] or stems & others


def dying(after: int) -> Trouble:
    """The process dies before its next call but so many; all that it still does is to look at names."""
    left = [after]

    def trouble(call: str) -> int | None:
        left[0] -= call in CHANGES
        if left[0] < 0 and call != "stat":
            raise Killed
        return None

    return trouble


def _is_like(name: str, wanted: str) -> bool:
    return name == wanted or re.fullmatch(re.escape(wanted) + r"-\d+", name) is not None


def _stem(name: str) -> str:
    return re.sub(r"-\d+$", "", name).casefold()
