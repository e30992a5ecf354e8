"""Build prompts."""
