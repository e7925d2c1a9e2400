"""What the owner's commands do with history: export, import, clear. Everything is a stream: no room is in memory whole.

Export: reading.py streams a room, formats.py and as_json.py, as_csv.py, as_html.py, as_markdown.py, as_text.py write
it, output.py opens the output. Import: source.py reads files, entry.py decodes a line, drafts.py checks it, survey.py
a whole file, targets.py chooses rooms, known.py finds what is there, merge.py writes, spool.py keeps what has to wait.
importers/ reads other chats. clearing.py plans a clear; copying.py moves rooms to another store; dates.py parses dates.
It may import wire, storage, text and conf.
"""
