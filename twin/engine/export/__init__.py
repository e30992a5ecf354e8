"""A twin's adapter for other programs: merged into the base's weights, or alone as GGUF."""
