"""The blind test: people are shown two answers, and say which one is the owner's."""
