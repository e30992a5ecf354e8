"""Decide whether to answer, compose the reply, send it piece by piece."""
