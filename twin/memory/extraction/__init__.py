"""Find facts in messages."""
