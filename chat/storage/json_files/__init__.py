"""The JSON file store: one file per room, one record per line."""
