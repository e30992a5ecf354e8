"""Speaking: answers to voices as sound, by a server of the owner's choice."""
