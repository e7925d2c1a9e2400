"""Finding words in what was said. No asyncio here, and of Django its translations alone; rooms/searcher.py calls it.

texts.py        what search knows of a message
query.py        words, "phrases" and filters -> Query, or QueryError
excerpt.py      a part of a message with what was found in it
room_search.py  finds messages of a room, with its cache or without (messages.py)
json_files/     the cache of a room in a JSON file: its folded texts, in a file beside it
budget.py       how much work one request does
"""
