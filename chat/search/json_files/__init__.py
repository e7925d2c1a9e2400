"""The search of rooms in JSON files: a cache of their folded texts, beside each file.

cache.py     the cache: made in pieces, and kept up to date
lines.py     a message as a line of it
snapshot.py  what one search reads of it
cached.py    the candidates of a query, from the end of it
"""
