"""English without a country: Django's formats are those of the United States."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
