"""The twin: hears, decides, answers."""
