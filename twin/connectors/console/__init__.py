"""Chat on the terminal."""
