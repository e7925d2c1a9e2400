"""Finding words in what was said. Like the wings below it: no asyncio, and of Django its translations alone.

folding.py    what is compared: case, accents and widths do not matter
"""
