"""The search of rooms in a database: the column `search` (chat/storage/database/search_column.py).

index.py  the candidates of a query: conditions on the column, and how many rows are looked at together
"""
