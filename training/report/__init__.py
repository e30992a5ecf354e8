"""Report what a run did, for people: Markdown, and the same as a page."""
