"""The owner's pages: what the twin does, and everything to steer it by."""
