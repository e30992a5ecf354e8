"""Doctor and status."""
