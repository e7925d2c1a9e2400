"""Finding words in what was said. No asyncio here, and of Django its translations alone; rooms/searcher.py calls it.

texts.py        what search knows of a message
query.py        words, "phrases" and filters -> Query, or QueryError
excerpt.py      a part of a message with what was found in it
room_search.py  finds messages of a room, with its index or without (messages.py)
candidates.py   what an index is; indexes.py chooses that of the store:
  json_files/   a cache of folded texts, in a file beside the room's
  database/     a table of folded texts
budget.py       how much work one request does
"""
