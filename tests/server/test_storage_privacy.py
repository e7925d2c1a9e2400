"""The storage folder is for its owner alone: its files are not served, and no other file is read or written."""

import asyncio
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.effort import Tally
from tests.support.live_server import PROJECT, Client, fetch
from tests.support.servers.misconfigured_server import (
    HOST,
    SECRET,
    MisconfiguredServer,
    files_below,
    post_form,
    without_umask,
)
from tests.support.servers.raw_http import handshake, request


@pytest.mark.promise
async def test_all_files_are_for_their_owner_alone(tmp_path: Path, tally: Tally) -> None:
    server = MisconfiguredServer(tmp_path)
    with server:
        async with Client(server.ws_url, username="ada") as ada:
            for text in ("one", "two"):
                await ada.say(text)
            assert (await asyncio.to_thread(post_form, server, "/chat/", {"name": "Garden"})).status == 302
            whole = await asyncio.to_thread((server.folder / "lobby.json").read_bytes)
            await asyncio.to_thread((server.folder / "torn.json").write_bytes, whole[:-30])
            await asyncio.to_thread((server.folder / "torn.json").chmod, 0o600)
            async with Client(server.ws_url, "torn"):
                pass
        assert (await asyncio.to_thread(fetch, server.url + "/readyz")).status == 200
    await asyncio.to_thread(manage, server, "clear_history", "--room=lobby", "--noinput")
    await asyncio.to_thread(manage, server, "post_message", "hello")
    paths = list(server.folder.rglob("*"))
    names = {path.name.split("-")[0] for path in paths}
    wanted = {"lobby.json", "garden.json", "lobby.json.backup", "torn.json.torn", ".secret_key", ".lobby.lock"}
    assert wanted <= names
    for path in (server.folder, server.folder.parent, *paths):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), f"{path.name}: {mode:o}"
        tally("files")


def manage(server: MisconfiguredServer, *command: str) -> None:
    run = without_umask(sys.executable, "manage.py", *command)
    subprocess.run(run, cwd=PROJECT, env={**os.environ, **server._env}, check=True, capture_output=True)


@pytest.mark.promise
def test_stored_files_are_never_served(misconfigured: MisconfiguredServer, tally: Tally) -> None:
    (misconfigured.folder / "secret.txt").write_text(SECRET)
    climb = [
        b"/",
        b"/../",
        b"/./../",
        b"/%2e%2e/",
        b"/..%2f",
        b"/%2e%2e%2f",
        b"/..%5c",
        b"//",
        b"/.%2e/",
        b"/..;/",
        b"/%00/",
    ]
    roots = [b"", b"/static", b"/static/chat", b"/chat", b"/chat/lobby", b"/api/rooms"]
    targets = [b"secret.txt", b".secret_key", b"lobby.json", bytes(misconfigured.folder).lstrip(b"/") + b"/secret.txt"]
    up = [b"storage/deep/down/", b"storage/", b""]
    for root in roots:
        for step in climb:
            for target in [folder + name for folder in up for name in targets]:
                path = root + step * (1 if step in {b"/", b"//"} else len(root.split(b"/"))) + target
                answer = request(misconfigured.port, path, HOST)
                assert answer.split(b" ", 2)[1] in {b"404", b"400", b"405"}, path
                assert SECRET.encode() not in answer
                tally("refused entries")


TRICKS = [
    "../x",
    "..%2fx",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fx",
    ".",
    "..",
    "x/../../y",
    "a%00b",
    "%00",
    "x%0a",
    "LOBBY",
    "Lobby",
]
TRICKS += [
    "con.json",
    "nul:",
    "aux%3a",
    "x.json",
    "x%5cy",
    "..%5c..%5cx",
    "%ff",
    "%c0%ae%c0%ae",
    "~root",
    "x%20",
    "-x",
    "_x",
]
TRICKS += [
    quote("lobby\u200b"),
    quote("ｌobby"),
    quote("lobby\u0131"),
    "%25%32%65",
    "*",
    "x" * 65,
    "$(id)",
    "%0d%0aSet-Cookie:x=y",
]


@pytest.mark.promise
@pytest.mark.parametrize("trick", TRICKS)
def test_an_invalid_room_is_refused_by_every_entry_point(
    misconfigured: MisconfiguredServer, trick: str, tally: Tally
) -> None:
    before, raw = files_below(misconfigured.storage), trick.encode()
    for path in (b"/chat/%b/" % raw, b"/api/rooms/%b/messages" % raw):
        answer = request(misconfigured.port, path, HOST)
        assert answer.split(b" ", 2)[1] in {b"404", b"400"}, path
        assert b"\r\nset-cookie:x=y" not in answer.lower()
    status, answer = handshake(misconfigured.port, b"/ws/chat/%b/" % raw, HOST)
    assert (status == 101 and b"invalid_room" in answer) or status in {400, 403}, answer
    assert files_below(misconfigured.storage) == before
    tally("refused entries", 3)


@pytest.mark.promise
@pytest.mark.parametrize(
    "name", ["../../x", "..\\..\\y", "con", "NUL", "aux.txt", "a\x00b", "./lobby", "LOBBY", "com1:", "/etc/passwd"]
)
def test_a_rooms_name_is_never_a_path(misconfigured: MisconfiguredServer, name: str, tally: Tally) -> None:
    before = files_below(misconfigured.storage.parent)
    answer = post_form(misconfigured, "/chat/", {"name": name})
    for path in files_below(misconfigured.storage.parent) - before:
        assert re.fullmatch(r"storage/deep/down/\.?[a-z0-9-]+\.(json|lock)", path)
    refused = {"a\x00b": 400, "./lobby": 409}  # 409: another name of the lobby's address
    assert answer.status == refused.get(name, 302)
    tally("refused entries")


@pytest.mark.promise
async def test_links_in_the_folder_lead_nowhere(
    misconfigured: MisconfiguredServer, tmp_path: Path, tally: Tally
) -> None:
    """An attacker who can put a link there must not make the server read or write its target.

    A link in the place of a new file's draft is removed like a draft that a crash has left, and its target stays.
    """
    folder, outside = misconfigured.folder, tmp_path / "elsewhere"

    def lay_out() -> dict[str, bytes]:
        JsonFileStore(outside).open("target").append([Draft(author="a", username="ada", message=SECRET)])
        (outside / "plain").write_text(SECRET)
        (folder / "linked.json").symlink_to(outside / "target.json")
        (folder / ".locked.lock").symlink_to(outside / "new-lock")
        (folder / ".held.lock").symlink_to(outside / "plain")
        (folder / ".drafted.new").symlink_to(outside / "plain")
        (folder / "nowhere.json").symlink_to(outside / "nothing")
        return {path.name: path.read_bytes() for path in outside.iterdir()}

    before = await asyncio.to_thread(lay_out)
    for path in ("/chat/linked/", "/api/rooms/linked/messages", "/api/rooms/", "/chat/nowhere/"):
        answer = await asyncio.to_thread(fetch, misconfigured.url + path)
        assert SECRET not in answer.text
        tally("refused entries")
    for room in ("linked", "nowhere"):
        status, answer = await asyncio.to_thread(handshake, misconfigured.port, f"/ws/chat/{room}/".encode(), HOST)
        assert b'"refused"' in answer
        tally("refused entries")
    for room, answer in (("locked", "refused"), ("held", "refused"), ("drafted", None)):
        async with Client(misconfigured.ws_url, room) as charlie:
            assert (await charlie.say("over there")).get("code") == answer, room
        tally("refused entries")
    assert not await asyncio.to_thread((folder / "drafted.json").is_symlink)
    after = await asyncio.to_thread(lambda: {path.name: path.read_bytes() for path in outside.iterdir()})
    assert after == before
    assert b"over there" not in b"".join(after.values())
