"""Tables that no format knows: which columns the owner named, and how they are read."""
