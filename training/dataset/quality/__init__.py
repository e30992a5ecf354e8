"""Which of the owner's answers teach how he writes, and which only take room."""
