"""Detect private values: one file for each group of kinds that are recognised alike.

A detector takes a text that `normalize.fold` has folded and yields spans. Every repetition in a
pattern is bounded, so that no text takes more than linear time.
"""
