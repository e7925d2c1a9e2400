"""History: what the owner's commands do with it. Everything is a stream: a room is never in memory whole.

Export: reading.py streams a room, formats.py and as_json.py, as_csv.py, as_html.py, as_markdown.py write it, output.py
says where to. Import: source.py reads files, entry.py checks a line, survey.py a whole file, targets.py chooses rooms,
merge.py writes. clearing.py plans a clear; dates.py parses dates that are typed. Imports: wire, storage, text, conf.
"""
