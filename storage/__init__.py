"""What the twin remembers: one SQLite database and the readers that fill it."""
