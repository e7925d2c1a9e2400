"""Imports from other chats. A reader makes neutral entries of its source; one writer makes messages of all of them.

source.py opens the export (containers.py: folder, zip, tar, file), registry.py finds its reader, which reader.py
describes. It yields entries (entry.py) with times in UTC (times.py), and tells a report (report.py) what it leaves out
and what is broken.
"""
