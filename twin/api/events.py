"""Server-sent events in the form of OpenAI's API."""

import json
from typing import Any

from starlette.exceptions import HTTPException

from twin.api.error_responses import openai_body

STREAM = "text/event-stream"
END = "data: [DONE]\n\n"


def event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"


def comment(text: str) -> str:
    """What clients pass over."""
    return f": {text}\n\n"


def error_events(error: HTTPException) -> str:
    """The end of a stream that fails after its status was sent."""
    return event(openai_body(error)) + END
