"""Tell the sender's words from the rest in what chatlog writes as one text, in its CSV and TXT."""

import re
from collections.abc import Collection

from storage.importers.base import content
from storage.importers.programs.wechat_words import is_platform_line, placeholder_kind
from storage.messages import Kind

SYSTEM_SENDER = "系统消息"
# The first line of a quote has its sender and time.
_QUOTE = re.compile(r"> (?:\[引用\]|[^\n]{1,200} \d\d-\d\d \d\d:\d\d:\d\d)\n(?:> .*\n)*")
_UNKNOWN = re.compile(r"Type: \d+ Content: .*", re.DOTALL)


def own_words(sender: str, said: str, names: Collection[str] = ()) -> tuple[Kind, str, str | None]:
    """(kind, the sender's own words, what was left out). `names` are the people of the chat."""
    if sender == SYSTEM_SENDER or is_platform_line(said, names):
        return "system", said, None
    kind = "other" if _UNKNOWN.fullmatch(said) else placeholder_kind(said)
    if kind is not None:
        return kind, *content(kind, said)
    quote = _QUOTE.match(f"{said}\n")
    words = said[quote.end() :] if quote else said
    return "text", words, said if words != said else None
