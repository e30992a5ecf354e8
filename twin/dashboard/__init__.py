"""The owner's pages, which show what the twin does and control it."""
