"""Stickers of the owner's: which the twin sends, when, and how."""
