"""Commands of the twin."""
