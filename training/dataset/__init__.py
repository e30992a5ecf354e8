"""Build training samples from the log."""
