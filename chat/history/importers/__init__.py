"""Imports from other chats. A reader makes neutral entries of its source; one writer makes messages of all of them.

First pass: source.py opens the export (containers.py), registry.py finds its reader, which reader.py describes. It
yields entries (entry.py) with times in UTC (times.py), and tells a report (report.py) what it leaves out and what is
broken. preparing.py makes them fit (attachments.py, people.py), sorter.py sorts them on the disk.
Second pass: places.py chooses rooms, drafting.py makes drafts with repeatable ids (identity.py), writer.py stores them
(source_ids.py finds what is replied to, and what stands twice). text/ is the dialects of the readers.
"""
