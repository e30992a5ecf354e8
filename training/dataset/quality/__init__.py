"""Tell which of the owner's answers teach how they write."""
