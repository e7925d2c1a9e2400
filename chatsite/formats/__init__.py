"""Formats of dates and times in languages whose formats in Django are not what the pages need."""
