"""Backup tools that copy a room's file while people talk: one table.

Each script runs like those of owner_tools.py, makes a backup, and restores the room's file from it to `copy.json`.
`prepare` makes the tool's archive, once. Some tools tell by their exit code 1 that the file has changed meanwhile.
"""

from typing import NamedTuple


class BackupTool(NamedTuple):
    """`large` ones are not installed for `make test`."""

    name: str
    script: str
    needs: str = ""
    prepare: str = ""
    large: bool = False


RESTORED = 'mv "$(find out -name "$ROOM.json")" copy.json && rm -rf out'
CHANGED = "|| [ $? = 1 ]"
GIT = "git -c user.name=Owner -c user.email=owner@localhost"
BORG = "BORG_BASE_DIR=$WORK/borg BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg"
RESTIC = "RESTIC_PASSWORD=x RESTIC_CACHE_DIR=$WORK/cache RESTIC_REPOSITORY=$WORK/restic restic -q"
DUPLICITY = "duplicity --no-encryption --archive-dir $WORK/cache -v1"

BACKUP_TOOLS = [
    BackupTool("cp", f'cp -a "$STORAGE" out && {RESTORED}'),
    BackupTool("tar", f'tar -C "$STORAGE" -czf a.tgz . {CHANGED}; mkdir out && tar -C out -xzf a.tgz && {RESTORED}'),
    BackupTool("gzip", 'gzip -c "$F" > a.gz && gunzip -c a.gz > copy.json'),
    BackupTool("reads-on", '(head -c "$(stat -c %s "$F")"; sleep 0.1; cat) < "$F" > copy.json'),  # as borg and gzip may
    BackupTool("dd", 'dd if="$F" of=copy.json bs=4096 status=none'),
    BackupTool("rsync", f'mkdir out && rsync -a "$STORAGE/" out && {RESTORED}', "rsync"),
    BackupTool("zip", f'rm -f a.zip && zip -jq a.zip "$F" && unzip -qo a.zip -d out && {RESTORED}', "zip unzip"),
    BackupTool(  # git refuses a file that changes while it is read
        "git",
        f'until {GIT} add "$F"; do sleep 0.05; done; {GIT} commit -qm copy && {GIT} show ":$ROOM.json" > copy.json',
        "git",
        f'{GIT} init -q . && {GIT} config core.worktree "$STORAGE"',
    ),
    BackupTool(
        "borg",
        f'n=$(date +%s%N); {BORG} create "repo::$n" "$F" {CHANGED}; mkdir out && cd out'
        f' && {BORG} extract "../repo::$n" && cd .. && {RESTORED}',
        "borg",
        f"{BORG} init -e none repo",
        large=True,
    ),
    BackupTool(
        "restic",
        f'{RESTIC} backup "$F" && {RESTIC} restore latest --target out && {RESTORED}',
        "restic",
        f"{RESTIC} init",
        large=True,
    ),
    BackupTool(
        "duplicity",
        f'{DUPLICITY} --include "$F" --exclude "**" "$STORAGE" "file://$WORK/dup"'
        f' && {DUPLICITY} restore "file://$WORK/dup" out && {RESTORED}',
        "duplicity",
        large=True,
    ),
]
