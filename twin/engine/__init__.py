"""The model that speaks: what makes a reply out of a conversation."""
