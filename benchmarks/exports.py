"""Exports of other chats, made up: for the benchmark of imports, and for tests that need a large one.

Messages have the words, line breaks, marks, emoji, threads and reactions of a busy room. The same arguments make the
same files.
"""

import itertools
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PEOPLE = 200
START = datetime(2021, 3, 1, 8, tzinfo=UTC)
_words = (
    "the of and to in is you that it he was for on are as with his they be at this have from or one had by word but not"
    " what all were we when your can said there use an each which she do how their if will up other about out many then"
    " them these so some her would make like him into time has look two more write go see number no way could people"
).split()


def slack(folder: Path, messages: int, days: int, *, with_blocks: bool = True) -> None:
    """A workspace of one channel, with a file for each day; 400 bytes a message, half without blocks."""
    rng = random.Random(1)
    (folder / "general").mkdir(parents=True)
    users = [{"id": _user(n), "name": f"p{n}", "profile": {"display_name": f"Person {n}"}} for n in range(PEOPLE)]
    (folder / "users.json").write_text(json.dumps(users))
    (folder / "channels.json").write_text(json.dumps([{"id": "C0000001", "name": "general", "created": 1614585600}]))
    times = _times(rng, messages, days)
    thread = ""
    for day, found in itertools.groupby(times, lambda moment: moment.date()):
        listed = []
        for moment in found:
            message = _slack_message(rng, moment, thread)
            if not with_blocks:
                del message["blocks"]
            thread = message["ts"] if rng.random() < 0.03 else thread
            listed.append(message)
        (folder / "general" / f"{day}.json").write_text(json.dumps(listed))


def _slack_message(rng: random.Random, moment: datetime, thread: str) -> dict[str, Any]:
    said = text(rng).replace("*", "")
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": said}]}
    message = {
        "type": "message",
        "user": _user(rng.randrange(PEOPLE)),
        "text": said.replace("&", "&amp;"),
        "ts": f"{moment.timestamp():.6f}",
        "client_msg_id": f"{rng.getrandbits(128):032x}",
        "team": "T0000001",
        "blocks": [{"type": "rich_text", "block_id": f"{rng.getrandbits(16):x}", "elements": [section]}],
    }
    if thread and rng.random() < 0.1:
        message |= {"thread_ts": thread, "parent_user_id": _user(1)}
    if rng.random() < 0.05:
        message["reactions"] = [{"name": "thumbsup", "users": [_user(2), _user(3)], "count": 2}]
    if rng.random() < 0.02:
        message["edited"] = {"user": message["user"], "ts": f"{moment.timestamp() + 60:.0f}.000000"}
    return message


def irc(path: Path, messages: int) -> None:
    """A log of WeeChat."""
    rng = random.Random(1)
    with path.open("w") as file:
        for moment in _times(rng, messages, messages // 1000 + 1):
            nick = f"{rng.choice(['', '@', '+'])}nick{rng.randrange(PEOPLE)}"
            file.write(f"{moment:%Y-%m-%d %H:%M:%S}\t{nick}\t{text(rng, lines=1)}\n")


def whatsapp(path: Path, messages: int) -> None:
    """A group's chat, exported by Android."""
    rng = random.Random(1)
    with path.open("w") as file:
        for moment in _times(rng, messages, messages // 1000 + 1):
            date = f"{moment.month}/{moment.day}/{moment:%y}, {moment.hour % 12 or 12}:{moment:%M}\u202f{moment:%p}"
            file.write(f"{date} - Person {rng.randrange(PEOPLE)}: {text(rng)}\n")


def text(rng: random.Random, lines: int = 2) -> str:
    """A message: 60 characters on average; one in twelve has something that is more than words."""
    words = rng.choices(_words, k=rng.randint(2, 24))
    extra = rng.random()
    if extra < 0.03:
        words.append(rng.choice(["\U0001f600", "\U0001f44d", "für", "né"]))
    elif extra < 0.05:
        words[0] = f"*{words[0]}*"
    elif extra < 0.07:
        words[-1] = "https://example.org/a?b=1&c=2"
    elif extra < 0.09 and lines > 1:
        words[-1] = f"\n{words[-1]}"
    return " ".join(words)


def _times(rng: random.Random, messages: int, days: int) -> Iterator[datetime]:
    """Rising times, the same number every day."""
    a_day = messages // days
    for day in range(days):
        moment = START + timedelta(days=day)
        for _ in range(a_day + (day < messages - a_day * days)):
            yield moment
            moment += timedelta(microseconds=rng.randint(1, 80_000_000_000 // (a_day + 1)))


def _user(number: int) -> str:
    return f"U{number:08d}"
