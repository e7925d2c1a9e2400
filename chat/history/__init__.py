"""What the owner does with the history of rooms: export, import, clear, verify. Used by management/commands/.

    moments.py    dates and times as they are typed, in the zone of the machine
    reading.py    the messages of a room as a stream
    formats.py    what an export holds; as_json.py, as_csv.py, as_html.py, as_markdown.py make text of it
    output.py     where an export goes: standard output, or a file that appears whole
    source.py     the files that can be imported, line by line
    entry.py      one line of them, checked
    targets.py    which room of a file goes into which room
    survey.py     all lines of one, checked before anything is written
    merge.py      what becomes of them in a room
    clearing.py   how much a clear would take
    backup.py     the copy before a clear
    inspect.py    a room's file, looked at without touching it

Everything here is a stream: a room of a million messages is never in memory whole.
"""
