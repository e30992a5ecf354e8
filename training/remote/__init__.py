"""Train on another machine over ssh; this one keeps the log, the keys and the verdict."""
