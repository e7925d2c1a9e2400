"""Who may come in, and how fast."""
