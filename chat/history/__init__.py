"""What the owner does with the history of rooms: export, import, clear. Used by management/commands/.

    dates.py      dates and times that the owner types, in the machine's time zone
    reading.py    the messages of a room as a stream
    formats.py    what an export holds; as_json.py, as_csv.py, as_html.py, as_markdown.py turn it into text
    output.py     where an export goes: standard output, or a file that appears complete
    source.py     the files that can be imported, line by line
    entry.py      one line of them, decoded and checked
    targets.py    which room of a file goes into which room
    survey.py     the first pass of an import: every line is checked before anything is written
    merge.py      the second pass: messages into the room
    clearing.py   how much a clear would remove

Everything here is a stream: a room of a million messages is never in memory as a whole.
"""
