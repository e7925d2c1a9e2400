"""Imports from other chats. A reader makes neutral entries of its source; one writer makes messages of all of them.

First pass: source.py opens the export (containers.py), registry.py finds its reader, which reader.py describes, or says
why there is none (unreadable.py). The reader yields entries (entry.py) with times in UTC (times.py), and tells a report
(report.py) what it leaves out, in the words of reasons.py, and what is broken. preparing.py makes them fit
(attachments.py, people.py), sorter.py sorts them on the disk.
Second pass: places.py chooses rooms (known_rooms.py finds those of earlier imports by their messages), drafting.py
makes drafts with repeatable ids (identity.py; computed.py keeps what is asked for again), writer.py stores them
(source_ids.py finds what is replied to, and what stands twice).

What readers share. JSON: json_stream.py streams a file of any size and records.py the objects of a list in it, or its
lines; fields.py takes fields of objects that somebody else has written; typed_records.py decodes lines and small files
to structs, where speed counts. Text: textlines.py. Dates: daytimes.py turns the lines of a day into moments,
calendar_names.py has the names of months in all languages, for monthnames.py, which reads those of logs, and
worded_dates.py, which reads dates in words; halves.py has the words for a. m. and p. m. text/ is the dialects: each
becomes chatsite's Markdown.
"""
