"""The command line: commands about chats, adapters, imports and access."""
