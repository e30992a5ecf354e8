"""Notices on the owner's devices, through the push services of the browsers' makers."""

FOLDER = "push"  # of the data folder: the bot's own key, a secret
