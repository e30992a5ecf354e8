"""Login, sessions and password of the owner."""
