"""A room's file without the words of deleted messages, whichever process deleted them, and whatever came between.

A delete is a record, and durable, before anything is overwritten. From then on the words have to go: whoever holds the
lock next finishes that before it does anything else. The order makes a crash at any place harmless: first the words
leave the files beside the room's file, and last the room's file, as they are what tells that there is work to do.
"""

import errno
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import msgspec

from chat.storage import Record
from chat.storage.json_files import kinds
from chat.storage.json_files.blanking import has_words
from chat.storage.json_files.companions import without_derived_files
from chat.storage.json_files.deleted_words import DeletedWords, find_words, texts_of
from chat.storage.json_files.leftovers import remove_from_companions
from chat.storage.json_files.lines import ReadAt
from chat.storage.json_files.reader import RecordReader
from chat.storage.json_files.rewriting import Changes, rewritten
from chat.storage.json_files.room_content import RoomContent
from chat.storage.json_files.scan import HEADER, TRAILER, Scan, scan


class ScrubbedRoom(RoomContent):
    """Takes the words of deleted messages out of the files of one room, under its lock."""

    def _finish_deletes(self) -> bool:
        """Take out the words that are still there. Whether something was written. Raises OSError, `StorageError`."""
        if self.damage is not None:
            return False
        if not self._index.unchecked and not self._failed_blanks and not self._has_unproven_deletes():
            self._unproven_from = len(self._index)
            return False
        unproven = self._unproven_blanks()
        if not self._index.unchecked and not unproven:
            return False
        words = find_words(self._reader(), self._index, self._index.unchecked, unproven)
        self._take_out(words)
        return bool(words.lines)

    def _has_unfinished_deletes(self) -> bool:
        if self.damage is not None:
            return False
        if self._failed_blanks or self._has_unproven_deletes():
            return True
        return bool(find_words(self._reader(), self._index, self._index.unchecked).lines)

    @property
    def deliverable_id(self) -> int:
        """The id up to which events may be delivered: a delete is not before its words are gone, durably.

        Only a delete of the last batch holds anything back: words of an earlier one were put back by hand.
        """
        unfinished = self._index.kinds.find(kinds.DELETE, self._unproven_from)
        return self.last_id if unfinished < 0 or self.damage is not None else self._index.ids[unfinished] - 1

    def _unproven_blanks(self) -> list[int]:
        """Lines that were overwritten, and nobody knows whether their sync has succeeded.

        As for the records of the last batch: after a failed sync the kernel shows what is not on the disk.
        """
        found = {self._index.count_before(each) for each in self._failed_blanks}
        if self._has_unproven_deletes():
            kinds_of_batch = self._index.kinds[self._unproven_from :]
            deletes = [at for at, kind in enumerate(kinds_of_batch, self._unproven_from) if kind == kinds.DELETE]
            found.update(texts_of(self._index, (record.target for record in self._reader().records(deletes))))
        return sorted(each for each in found if each < len(self._index))

    def _has_unproven_deletes(self) -> bool:
        return self._index.kinds.find(kinds.DELETE, self._unproven_from) >= 0

    def _words_of_batch(self, records: Sequence[Record]) -> DeletedWords:
        """Before a batch with deletes is written: the words that they take out. Raises `CacheUnfit`."""
        targets = deleted_in(records)
        words = find_words(self._reader(), self._index, texts_of(self._index, targets))
        return words._replace(records=[*words.records, *(each for each in records if _is_about(each, targets))])

    def _take_out(self, words: DeletedWords) -> None:
        """Take out these words: beside the room's file, and then there. If that fails the file is scanned."""
        offsets, ids = self._index.offsets, self._index.ids
        try:
            if words.records:
                remove_from_companions(self._disk, self.path, words.records)
            if words.lines and words.in_place:
                self._file.overwrite([(offsets[position], line) for position, line in words.lines.items()])
            elif words.lines:
                parts = rewritten(self._file.read, self._index, self._file.end, Changes(set(), words.lines))
                self._replace(parts, b"")
        except OSError:
            self._failed_blanks.update(ids[position] for position in words.lines)
            self._file.is_scanned = False
            self._known.note(None)  # nobody has to wait for what this process has changed
            raise
        self._index.unchecked.clear()
        self._failed_blanks.clear()
        self._unproven_from = len(self._index)

    def _replace(
        self,
        remaining: Iterable[bytes],
        added: bytes,
        removed: int = 0,
        *,
        scanned: Callable[[ReadAt], Scan] = scan,
    ) -> None:
        """Put a new file in the place of the room's: these records, complete or not at all; then read it back."""
        try:
            with without_derived_files(self._disk, self.path):
                self._cache.forget()
                self._file.replace(chain([HEADER], remaining, [added, TRAILER]))
            self._file.reopen()
            found = scanned(self._file.read)
            if found.last is None or not found.clean_end:
                raise OSError(errno.ESTALE, "another program changed the file during the write")
        except OSError:
            self._known.note(None)  # the file may have been replaced already: nobody has to wait for that
            raise
        self._apply(found, durable=True)
        self._set_tally(self._cleared + removed)
        self._write_checkpoint()

    def _reader(self) -> RecordReader:
        return RecordReader(self._file, self._index)


def deleted_in(records: Iterable[Record]) -> set[int]:
    """The ids of the messages that these records delete."""
    return {record.target for record in records if record.type == "delete" and record.target is not None}


def stored_form(records: Sequence[Record]) -> Sequence[Record]:
    """A batch with deletes, as it is written: a message that a record behind it deletes has no words in the file."""
    targets = deleted_in(records)
    return [
        msgspec.structs.replace(record, username=None, message=None) if _is_about(record, targets) else record
        for record in records
    ]


def _is_about(record: Record, messages: set[int]) -> bool:
    return has_words(record) and (record.id if record.type == "message" else record.target) in messages
