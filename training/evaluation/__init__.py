"""Evaluate the new adapter: scores, and the decision to let it go live."""
