"""Learn from the log how the owner answers: whether at all, after how long, at what pace."""
