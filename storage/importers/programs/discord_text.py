"""Tell a picture chosen in Discord from words: it is sent as a link to where such pictures lie."""

import re

_GIF = re.compile(
    r"https://(?:(?:www\.)?tenor\.com/(?:[a-z-]{2,7}/)?view|(?:media\d?|c)\.tenor\.com"
    r"|(?:media\d{0,2}\.|i\.)?giphy\.com)/\S+"
)


def is_gif(said: str) -> bool:
    return _GIF.fullmatch(said.strip()) is not None
