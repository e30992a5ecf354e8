"""Chat platforms, a folder each. A new folder is found by itself: see CONTRIBUTING.md."""
