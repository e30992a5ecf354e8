"""Where private values stand in a folded text, one file for what is recognised alike.

A finder takes a text and yields spans. Every repetition in a pattern is bounded, so that no text
takes more than linear time.
"""
