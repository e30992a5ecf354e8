"""Setting up a twin, step by step: what the page and the command share."""
