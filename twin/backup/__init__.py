"""Everything a twin is in one file, to keep it safe or to move it to another machine."""
