"""Find and mask private values in messages."""
