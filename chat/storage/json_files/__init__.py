"""The storage backend of JSON files: one file per room, one record per line, in the folder CHAT_STORAGE_DIR.

    store.py          the rooms of the folder
    log.py            the log of one room: append, page, clear, compact
    scrubbed_room.py  takes the words of deleted messages out, and finishes what another process began
    deleted_words.py  finds them in the file; leftovers.py in the files beside it, which companions.py names
    blanking.py       a line without its words, in place, and what a crash has left of one
    room_content.py   what its file holds, in step with what other processes and programs write
    histories.py      whether a file still holds the history that chatsite wrote; the epoch of another one
    standing_still.py waits until another program has finished with a file
    room_file.py      the bytes of the file: write, sync, rollback
    durable_end.py    where its durable records end; failed_write.py is what is rolled back to that place
    room_lock.py      the lock file, and the checkpoint in it
    descriptor.py     the one file descriptor of a file; file_status.py is what a stat call tells
    writers.py        whether any process has a file open for writing
    atomic_write.py   files that appear complete or not at all
    lines.py          a record as a line with its checksum
    scan.py           which records of a file are intact, and what is damaged; fast_parse.py is its fast path
    tail.py           what follows the last intact record: a torn tail of a crash, or records behind damage
    seams.py          three old bytes in a copy that was taken while somebody wrote
    layout.py         reads a file that another tool laid out anew
    renamed.py        a file that was renamed while its room is open
    index.py          where each record is; id_runs.py holds the ids
    index_cache.py    the index of a large file on the disk
    compaction.py     which records change nothing any more; rewriting.py makes the file without them
    ends.py           both ends of a file: enough to append to it
    unlocked_scan.py  scans a large file without its lock
    reader.py         records by their positions in the index
    quota_guard.py    enforces the quota
    verify.py backup.py room_copy.py repair.py edits.py   for the owner's commands
    checks.py         the system checks
    disk.py           every call that reaches the disk; disk_errors.py: what it refuses, in words

Outside of this package only `chat/storage/backends.py` names it; `chat/history/source.py` reads copies of its files,
and `chat/storage/database/whole_room.py` writes some.
docs/storage.md describes the files for their owner.
"""
