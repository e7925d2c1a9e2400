"""The storage backend of a database: PostgreSQL, or SQLite to try it. DATABASE_URL says which.

    models.py         the tables; chat/migrations/ makes them
    store.py          the rooms of the database
    log.py            the log of one room: append, page, items
    room_row.py       a room as its row has it; the row is the room's lock and its counter
    batch.py          what a batch is checked against, and how it is written
    plain_batch.py    new messages alone: one statement of PostgreSQL
    reading.py        events, and messages as they are now
    rows.py           a record as a row, a row as a record
    search_texts.py   what is searched of the messages: a table that is filled when somebody searches
    owner.py          for the owner's commands: clear, compact, remove
    whole_room.py     the same: verify, back_up
    receiving.py      a room of another store is taken over
    connections.py    the connections, transactions, and what happens when one is lost
    postgresql.py sqlite.py   what differs between the two
    checks.py         the system checks

Every statement is SQL that both understand; `{...}` in it is a part that differs (`Dialect`). Only the connections
import a driver. docs/database.md describes the tables for their owner.
"""
