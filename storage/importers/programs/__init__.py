"""What each chat program writes in its exports: its words, names and headings."""
