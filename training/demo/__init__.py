"""The demo: the whole loop on a real person's chats, in front of whoever tries it."""
