"""Decide when to train, and run the trainer process."""
