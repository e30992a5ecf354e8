"""Read what a browser sends, and no more of it than there may be.

Both raise ClientDisconnect where it ends in the middle; the application takes that for no error.
"""

from urllib.parse import parse_qs

from starlette.requests import Request


async def body_of(request: Request, most: int) -> bytes | None:
    """None for one of more bytes, of which the rest is not read."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return bytes(body)


async def form_of(request: Request, most: int) -> dict[str, str]:
    """The first value of each field; nothing of a form of more bytes."""
    body = await body_of(request, most) or b""
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
