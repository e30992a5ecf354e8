"""What the twin knows of earlier: words of the chat, facts, plans."""
