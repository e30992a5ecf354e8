"""What other programs use: OpenAI's API for talking to the twin, a small one for steering it."""
