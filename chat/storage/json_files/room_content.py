"""What a room's file holds, in memory, in step with what other processes write.

Another program may replace the file by another history, such as an older copy. Then the room gets a new epoch: it is
proposed to clients at once, and stored with the next batch; until then the owner's file is not touched.
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from chat.storage import ROOM_RECORD_ID, Damage, Record, RoomUnusable, StorageError, StorageUnavailable, Tally
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.disk_errors import disk_errors
from chat.storage.json_files.ends import scan_ends
from chat.storage.json_files.histories import continues, ends_as_left, log_change, new_epoch
from chat.storage.json_files.index import Index
from chat.storage.json_files.index_cache import IndexCache
from chat.storage.json_files.lines import FORMAT, BadRecord
from chat.storage.json_files.portable_client_ids import PortableClientIds
from chat.storage.json_files.quota_guard import QuotaGuard
from chat.storage.json_files.reader import CacheUnfit
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.room_lock import Checkpoint, FolderGone
from chat.storage.json_files.scan import Scan, scan, scan_added
from chat.storage.json_files.search_lines import remove_search_cache
from chat.storage.json_files.settings import ROOM_NAME, TOPIC, stored_settings
from chat.storage.json_files.standing_still import BeingChanged, KnownFile
from chat.storage.json_files.unlocked_scan import UnlockedScan, added_since, reopened_as_left, scan_unlocked
from chat.storage.numbering import Setting
from chat.storage.timestamps import now

logger = logging.getLogger(__name__)
LARGE_BYTES = 2**24  # a file that takes more than 0.1 s to scan


class RoomContent:
    """The index of one file and the state of its room. Not thread-safe.

    `only_appends`: nothing is read of the room, and no draft has a client_id. Then both ends of the file are enough.
    """

    def __init__(
        self, path: Path, disk: Disk, quota: QuotaGuard, known: KnownFile, *, only_appends: bool = False
    ) -> None:
        self.path = path
        self.room = self.name = path.stem
        self.topic = ""
        self.compacted_id = 0
        self.damage: Damage | None = None
        self._quota = quota
        self._known = known
        self._file = RoomFile(path, disk)
        self._only_appends = only_appends
        self._disk = disk
        self._cache = IndexCache(path, disk)
        self._portable: PortableClientIds | None = None  # for the cache, in the making
        self._unproven_from = 0  # position: from here on, what deletes have overwritten may not be durable
        self._failed_blanks: set[int] = set()  # ids of records whose overwriting has failed
        self._has_words_left = False  # whether a delete was taken in that this process could not finish
        self._reset_to_empty(uuid.uuid4().hex)
        self._scanned_before: UnlockedScan | None = None
        self._file.is_scanned = known.last is None  # otherwise even a missing file is looked at
        try:
            self.refresh()
        except StorageError:
            if not self._has_words_left:  # otherwise it can be read
                self.close()
                raise

    def _reset_to_empty(self, epoch: str) -> None:
        """A room without records. Only its room record is prepared; the first batch writes it."""
        self._set_room_record(
            Record(
                id=ROOM_RECORD_ID,
                type="room",
                name=self.room,  # another room than the one before
                epoch=epoch,
                format=FORMAT,
                timestamp=now(),
                batch=ROOM_RECORD_ID,
            )
        )
        self._index, self._generation = Index(), _new_generation()
        self.damage = None
        self.last_id = ROOM_RECORD_ID
        self._last_timestamp = self._room_record.timestamp
        self._file.set_scanned(0, 0)
        self._set_tally(cleared=0)

    def _set_room_record(self, record: Record) -> None:
        self._room_record = record
        self.epoch, self.compacted_id = record.epoch or "", record.compacted or 0
        self._epoch_is_stored = True  # False: the file has the epoch of the history that another program replaced
        self._set_settings({TOPIC: Setting(record.topic or ""), ROOM_NAME: Setting(record.name or self.room)})

    def _set_settings(self, settings: Mapping[str, Setting]) -> None:
        """Note the topic and the name of the room, and which events set them."""
        self._settings = dict(settings)
        self.topic, self.name = settings[TOPIC].value, settings[ROOM_NAME].value

    @property
    def generation(self) -> str:
        """Changes whenever something else happens to the file than appends and deletes of chatsite."""
        return self._generation

    @property
    def location(self) -> str:
        """The path of the file."""
        return str(self.path)

    @property
    def exists(self) -> bool:
        """Whether there is a file with anything in it."""
        return self.size > 0

    @property
    def size(self) -> int:
        """Bytes of the file; 0 without one."""
        return self._file.size

    def changed(self) -> bool:
        """Whether the file is not as this log left it: one stat call."""
        return self._file.changed()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    # Following the file

    def refresh(self) -> None:
        """Load what other processes wrote. Raises `StorageError`.

        Also as long as words of deleted messages cannot be taken out. Then the log can be read, and what is new in it
        must not be announced: who gets the delete takes the words for gone.
        """
        try:
            if self.changed() or self._has_words_left:
                self._refresh()
        except CacheUnfit:
            self._throw_cache_away()

    def _refresh(self) -> None:
        try:
            with disk_errors(self.room, self.path):
                self._scan_before_lock()
                with self._locked():
                    self._synchronize()
            self._has_words_left = False
        except (BeingChanged, FolderGone):
            raise
        except StorageUnavailable as error:
            if self._file.has_failed_write:
                raise  # its bytes may be in the file, and were refused to their senders
            with disk_errors(self.room, self.path):
                if self.changed():  # no lock or no repair: the folder is read-only, or the disk full
                    self._reload()
                self._has_words_left = self._has_unfinished_deletes()
            if self._has_words_left:
                why = f"{error.why}; until that is mended the room can only be read, as a delete is unfinished"
                raise type(error)(self.room, why, self.path) from error

    def _scan_before_lock(self) -> None:
        """Scan a large file without the lock, for which others wait. Under it only what was added since is read."""
        with contextlib.suppress(OSError, RoomUnusable):
            status = self._file.current_status()
            if self._index or status is None or status.size < LARGE_BYTES or self._known.must_stand_still(status):
                return
            left = reopened_as_left(self._file)
            if left is None or not self._only_appends:
                self._scanned_before = scan_unlocked(self._file, left, self._cache)

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        """Hold the room's lock. Only a process that knows no room makes the folder."""
        return self._file.locked(makes_folder=not self._known.knows_any_file)

    def _synchronize(self) -> None:
        """Under the lock: load everything that other processes wrote, repair it and make it durable."""
        reloads = self._file.torn or self._file.changed()  # without the lock a write in progress looks torn
        if reloads:
            self._reload()
        try:
            recovered = self._file.recover()
        except OSError:
            self._known.note(None)  # the repair may have changed the file: nobody has to wait for that
            raise
        # `append` scrubs its own batch: only what others wrote, and what has failed, is still to be finished.
        is_new = recovered or reloads
        if (is_new or self._index.unchecked or self._failed_blanks) and (self._finish_deletes() or is_new):
            self._write_checkpoint()

    def _finish_deletes(self) -> bool:
        """Under the lock: take out words that a delete has left, of whichever process; whether it had to."""
        raise NotImplementedError

    def _has_unfinished_deletes(self) -> bool:
        """Whether `_finish_deletes` has something to do: words are in the file, or may still be on the disk."""
        raise NotImplementedError

    def _reload(self) -> None:
        """Take in the file of this name: what was added, or all of it. Raises `BeingChanged`, `RoomUnusable`."""
        if self._file.is_removed():
            return self._take_in_removal()
        past, grown = self._file.lock.checkpoint(), self._file.reopen()
        left = past if past is not None and past.describes(self._file.status) else None  # by chatsite, like this
        if left is None and self._known.must_stand_still(self._file.status):
            self._require_still()  # without a scan, which may take a second
        # Without the lock (None) nobody can tell who wrote.
        is_grown = grown and (past is None if left is None else left.generation == self._generation)
        found = self._added_since_scan(left) or self._scan_ends(left) or self._scan(only_added=is_grown)
        is_ours = left is not None and ends_as_left(found, left)
        epoch = None if is_ours else self._judge(found, past, is_grown=is_grown)
        generation = left.generation if is_ours and left is not None else ""
        self._apply(found, epoch, durable=is_ours, generation=generation)
        if not generation and self._file.lock.is_held:
            self._remove_old_search_cache()
        if self._index.omitted and left is not None and left.name is not None:
            self._set_settings({**self._settings, ROOM_NAME: Setting(left.name)})
        self._set_tally(past.cleared if past is not None and past.epoch == self.epoch else 0)
        if not self._file.torn:
            self._note_known()

    def _remove_old_search_cache(self) -> None:
        """Another program has changed the file: what it took out of it leaves the search cache, too."""
        with contextlib.suppress(OSError):  # whoever searches next finds that it does not fit, and removes it
            remove_search_cache(self._disk, self.path)

    def _take_in_removal(self) -> None:
        """Empty the room: `remove_rooms` has removed it, so no other file takes its place, and nobody waits for one."""
        last = self._known.last
        if last is not None:
            logger.info("%s: the room was removed. It had records up to id %d.", self.path, last.last_id)
        self._known.note(None)
        self._file.reopen()
        self._reset_to_empty(uuid.uuid4().hex if last is None else new_epoch(last, None))

    def _require_still(self) -> None:
        self._known.require_still(self._file.current_status(), self._file.has_writer)

    def _added_since_scan(self, left: Checkpoint | None) -> Scan | None:
        before, self._scanned_before = self._scanned_before, None
        return None if before is None else added_since(before, self._file, left)

    def _scan_ends(self, left: Checkpoint | None) -> Scan | None:
        return scan_ends(self._file.read, left) if self._only_appends and left is not None else None

    def _scan(self, *, only_added: bool) -> Scan:
        if not self._file.exists:
            return scan(lambda length, offset: b"")
        added = None
        if only_added and self._index and self.damage is None:
            added = scan_added(self._file.read, self._index, self._room_record)
        return added or scan(self._file.read)

    def _judge(self, found: Scan, past: Checkpoint | None, *, is_grown: bool) -> str | None:
        """What another program made of the file: the new epoch if it is another history. Raises `BeingChanged`."""
        known = self._known
        if known.last is not None and known.is_as_known(self._file.status):
            return known.last.epoch
        past = known.newest(past)
        replaced = past is not None and found.damage is None and not continues(self._file.read, found, past)
        is_torn = not found.clean_end and self._file.lock.is_held
        if known.last is not None and (replaced or is_torn or found.damage is not None):
            self._require_still()
        elif is_torn or found.last is None:
            known.refuse_writer(self._file.has_writer)
        if not is_grown:
            log_change(self.path, known.last, past, found, replaced=replaced)
        return new_epoch(past, found.last) if past is not None and replaced else None

    def _apply(self, found: Scan, epoch: str | None = None, *, durable: bool, generation: str = "") -> None:
        """Take in what was found. `generation`: of the file, if it has only grown since it was noted."""
        if found.room is None or found.last is None:
            if found.damage is not None:
                self._file.close()
                raise RoomUnusable(self.room, f"{found.damage.where}: {found.damage.reason}", self.path)
            self._reset_to_empty(epoch or uuid.uuid4().hex)  # an empty file, or an empty array
            return
        is_foreign = found.damage is not None or epoch not in {None, found.room.epoch}
        batch = _start_of_batch(found.last, found.index)
        unsynced_from = found.end if is_foreign else found.index.offsets[max(0, batch - 1)]  # with the comma behind it
        self._unproven_from = len(found.index) if is_foreign or durable else batch
        is_torn = found.damage is None and not found.clean_end
        self._file.set_scanned(found.end, unsynced_from, torn=is_torn, durable=durable)
        self._set_room_record(found.room)
        self._set_settings({**self._settings, **stored_settings(self._file.read, found.index)})
        if epoch is not None:
            self.epoch, self._epoch_is_stored = epoch, epoch == found.room.epoch
        self._index, self._generation, self.damage = found.index, generation or _new_generation(), found.damage
        self.last_id, self._last_timestamp = found.index.ids[-1], found.last.timestamp

    def _set_tally(self, cleared: int) -> None:
        """Note how many messages were removed."""
        self._cleared = cleared
        kept = len(self._index) + self._index.omitted - max(1, self._index.others)
        self.tally = Tally(self.last_id, cleared + max(0, kept), cleared)

    def _write_checkpoint(self) -> None:
        """Under the lock: note the last record, which is durable."""
        self._note_known()
        if self._known.last is not None and self._epoch_is_stored and self.damage is None:
            self._file.lock.write(self._known.last)

    def _note_known(self) -> None:
        status = self._file.status
        checkpoint = None
        if self._index and status is not None:
            records = len(self._index) + self._index.omitted
            checkpoint = Checkpoint(
                self.epoch,
                self.last_id,
                self._last_timestamp,
                records,
                status,
                time.time_ns(),
                self._generation,
                cleared=self._cleared,
                others=self._index.others,
                name=None if self.name == (self._room_record.name or self.room) else self.name,
            )
        self._known.note(checkpoint)

    # The index cache

    def check_disk(self) -> None:
        """Whoever writes a cache asks first. Raises `StorageFull` if messages need the rest of the disk."""
        self._quota.check_disk()

    @property
    def wants_maintenance(self) -> bool:
        """Whether `maintain` has something to do. For the event loop: no call to the file system."""
        if not self._file.is_scanned or self.damage is not None or self._index.omitted or self._index.unchecked:
            return False
        return self._cache.is_due(self._generation, self._file.end, LARGE_BYTES)

    def maintain(self) -> bool:
        """Do a part of what makes the next opening faster; whether there is more. Nothing depends on its success."""
        if not self.wants_maintenance:
            return False
        was_closed = self._file.closed
        try:
            return self._continue_cache()
        except (OSError, StorageError, BadRecord) as error:
            self._cache.note(self._index, self._generation)  # tried again when the file has grown
            logger.info("%s: its index was not stored: %s", self.path, error)
            return False
        finally:
            if was_closed:
                self._file.close()

    def _continue_cache(self) -> bool:
        """Hash some client_ids for another process, or store the index when all are; whether there is more."""
        if self._index.client_ids.key is None:
            if self._portable is None or self._portable.index is not self._index:
                self._portable = PortableClientIds(self._index)
            self._portable.advance(self._file.read, self._file.end)
            return True
        self._portable = None
        if self._index.client_ids.fill_in_parts():
            return True
        self._cache.note(self._index, self._generation)
        self._quota.check_disk()
        if self._file.status is not None:
            inode = self._file.status.inode
            self._cache.store(self._index, self._generation, inode, self._file.read, self._is_as_noted)
        return False

    def _is_as_noted(self) -> bool:
        """Whether the file is still of the generation that this log has taken in."""
        if self._file.is_removed():
            return False
        with self._locked():
            noted = self._file.lock.checkpoint()
            return noted is not None and noted.generation == self._generation

    def _throw_cache_away(self) -> None:
        """Scan the file. Raises `StorageError`."""
        with contextlib.suppress(OSError):
            self._cache.remove()
        logger.info("%s: its stored index does not fit, so the file is scanned", self.path)
        self._index, self._file.is_scanned = Index(), False
        self.refresh()


def _new_generation() -> str:
    return uuid.uuid4().hex[:16]


def _start_of_batch(last: Record, index: Index) -> int:
    """The position of the first record of the last batch."""
    return index.count_before(min(last.batch or last.id, last.id))
