"""Is the new adapter better? Scores, and the decision to let it go live."""
