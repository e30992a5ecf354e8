"""Detect private values: one file for each group of kinds that are recognised alike.

A detector takes a text in the form of `normalize` and yields spans. Every repetition in a
pattern is bounded, so that no text takes more than linear time.
"""
