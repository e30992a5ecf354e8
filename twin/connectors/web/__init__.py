"""Friends' page in the browser."""
