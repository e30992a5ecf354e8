"""Import chat exports. Each format is a module in `formats/`, found there by itself."""
