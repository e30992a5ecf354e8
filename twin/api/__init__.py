"""The HTTP API for programs: OpenAI's chat API, and a REST API that manages the twin."""
