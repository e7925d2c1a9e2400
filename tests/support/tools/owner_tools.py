"""What owners do to a room's file with the tools of their machine: one table.

Each script runs under `bash -euo pipefail`, with these variables:

    F     the room's file                       STORAGE   its folder
    OLD   an older copy of it, also as OLD.gz   WORK      a folder beside it, the working directory
    ROOM  the room                              BIOME     a formatter

The scripts with `sleep` do slowly what a large file, or a slow disk, makes slow by itself.
"""

import os
import shutil
import subprocess
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from tests.support.live_server import PROJECT

BIOME = PROJECT / "node_modules/.bin/biome"
GIT = "git -c user.name=Owner -c user.email=owner@localhost -c core.autocrlf=true -c core.safecrlf=false"
INIT = f'{GIT} init -q . && {GIT} config core.worktree "$STORAGE"'
COMMIT = f'{INIT} && {GIT} add "$F" && {GIT} commit -q --allow-empty -m copy'
BOM = r"\xef\xbb\xbf"
THIRD_SAYS = 'grep -abom3 says "$F" | tail -1 | cut -d: -f1'  # its offset


class Effect(Enum):
    """What has become of the history when the tool has ended."""

    KEEPS = "everything is there"
    RESTORES = "the older copy is there"
    CUTS = "the last record is gone"
    EMPTIES = "nothing is there"
    LAYS_OUT = "everything is there, in another layout"
    EDITS = "everything is there, and a line does not match its checksum"
    HIDES = "everything is there, and the file cannot be read as it is"
    RENAMES = "everything is there, in another room"


class Tool(NamedTuple):
    """`prepare` runs when the older copy is taken, `undo` after the room was looked at."""

    name: str
    effect: Effect
    script: str
    needs: str = ""  # programs, besides coreutils, gzip, sed and tar
    prepare: str = ""
    undo: str = ""

    @property
    def missing(self) -> list[str]:
        """The programs that are not installed."""
        return missing_programs(self.needs)


TOOLS = [
    # An older copy is put back: into the same file, ...
    Tool("gunzip", Effect.RESTORES, 'gunzip -c "$OLD.gz" > "$F"'),
    Tool("cat-after-a-pause", Effect.RESTORES, '(sleep 0.4; cat "$OLD") > "$F"'),
    Tool("cat-in-pieces", Effect.RESTORES, '{ head -c 900; sleep 0.3; head -c 700; sleep 0.3; cat; } < "$OLD" > "$F"'),
    Tool("cp", Effect.RESTORES, 'cp "$OLD" "$F"'),
    Tool("cp-p", Effect.RESTORES, 'cp -p "$OLD" "$F"'),
    Tool("rsync-inplace", Effect.RESTORES, 'rsync -a --inplace "$OLD" "$F"', "rsync"),
    # ... or a new file under its name
    Tool("mv", Effect.RESTORES, 'cp "$OLD" new && mv new "$F"'),
    Tool("rm-and-cp-after-a-pause", Effect.RESTORES, 'rm -f "$F"; sleep 0.4; cp "$OLD" "$F"'),
    Tool("rsync", Effect.RESTORES, 'rsync -a "$OLD" "$F"', "rsync"),
    Tool("tar", Effect.RESTORES, 'tar -C "$STORAGE" -xf a.tar', prepare='tar -C "$STORAGE" -cf a.tar "$ROOM.json"'),
    Tool("unzip", Effect.RESTORES, 'unzip -qo a.zip -d "$STORAGE"', "zip unzip", 'zip -jq a.zip "$F"'),
    Tool("git-checkout", Effect.RESTORES, f'{GIT} checkout -q -f -- "$F"', "git", COMMIT),
    Tool("flock-and-cp", Effect.RESTORES, 'flock "$STORAGE/.$ROOM.lock" cp "$OLD" "$F"', "flock"),
    # A part is taken away, or all of it
    Tool("truncate", Effect.CUTS, 'truncate -s -100 "$F"'),
    Tool("sed-last-record", Effect.CUTS, r"""sed -n -i 'x; 1!{$!p}; ${x; p}' "$F" """),
    Tool("ed-last-record", Effect.CUTS, r"""printf '$-1d\n$-1s/,$//\nw\nq\n' | ed -s "$F" """, "ed"),
    Tool("jq-onto-its-input", Effect.EMPTIES, 'jq . "$F" > "$F"', "jq"),
    Tool("truncate-to-nothing", Effect.EMPTIES, ': > "$F"'),
    Tool("rm", Effect.EMPTIES, 'rm -f "$F"'),
    # All records stay, in lines that chatsite reads
    Tool("sponge", Effect.KEEPS, 'cat "$F" | sponge "$F"', "sponge"),
    Tool("unix2dos", Effect.KEEPS, 'unix2dos -q "$F"', "unix2dos"),
    Tool("dos2unix", Effect.KEEPS, 'dos2unix -q "$F"', "dos2unix"),
    Tool("ex", Effect.KEEPS, 'ex -s -c wq "$F"', "ex"),
    Tool("sed-blank-lines", Effect.KEEPS, 'sed -i G "$F"'),
    Tool("sed-no-closing-bracket", Effect.KEEPS, """sed -i '$d' "$F" """),
    Tool("sed-byte-order-mark", Effect.KEEPS, rf"""sed -i '1s/^\({BOM}\)\?/{BOM}/' "$F" """),
    Tool("flock-and-sed", Effect.KEEPS, 'flock "$STORAGE/.$ROOM.lock" sed -i G "$F"', "flock"),
    Tool("touch", Effect.KEEPS, 'touch "$F"'),
    Tool("chmod", Effect.KEEPS, 'chmod 0644 "$F"'),
    Tool("ln", Effect.KEEPS, 'ln -f "$F" second-name'),
    # All records stay, laid out anew
    Tool("jq-and-sponge", Effect.LAYS_OUT, 'jq . "$F" | sponge "$F"', "jq sponge"),
    Tool("jq-compact", Effect.LAYS_OUT, 'jq -c . "$F" > new && cat new > "$F"', "jq"),
    Tool("json.tool", Effect.LAYS_OUT, 'python3 -m json.tool "$F" > new && mv new "$F"', "python3"),
    Tool("biome", Effect.LAYS_OUT, '"$BIOME" format --write "$F"', str(BIOME)),
    # A record is changed, and its checksum is not
    Tool("sed-words", Effect.EDITS, 'sed -i "4s/says/SAYS/" "$F"'),
    Tool("dd-same-length", Effect.EDITS, f'at=$({THIRD_SAYS}); printf SAYS | dd of="$F" bs=1 seek=$at conv=notrunc'),
    # The file is hidden
    Tool("iconv", Effect.HIDES, 'cp "$F" kept; iconv -f UTF-8 -t UTF-16 kept > "$F"', "iconv", undo='cat kept > "$F"'),
    Tool("ln-s", Effect.HIDES, 'mv "$F" kept; ln -s "$WORK/kept" "$F"', undo='mv kept "$F"'),
    Tool(
        "mv-to-another-room",
        Effect.RENAMES,
        'mv "$F" "$STORAGE/moved-$ROOM.json"',
        undo='mv "$STORAGE/moved-$ROOM.json" "$F"',
    ),
]


def missing_programs(names: str) -> list[str]:
    """Those that are not installed."""
    return [name for name in names.split() if not shutil.which(name)]


def run_script(script: str, file: Path, work: Path, old: Path) -> None:
    """Run a script of a tool on a room's file. Raises CalledProcessError; its notes have what the tool said."""
    variables = {
        "F": file,
        "STORAGE": file.parent,
        "ROOM": file.stem,
        "WORK": work,
        "OLD": old,
        "BIOME": BIOME,
    }
    env = {**os.environ, "LC_ALL": "C.UTF-8", **{name: str(value) for name, value in variables.items()}}
    command = ["bash", "-euo", "pipefail", "-c", script]
    try:
        subprocess.run(command, cwd=work, env=env, check=True, capture_output=True, text=True, timeout=60)
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr)
        raise
