"""Find the reactions among SMS: phones that show none get a sentence with the words reacted to.

iPhones and Google's app write it in the language of the sender's phone: `Loved “see you”`,
`A aimé « à demain »`. Beyond English, what is quoted tells it: an earlier message of the chat.
"""

import re
from collections import deque

_ENGLISH = re.compile(
    r"(?:Liked|Loved|Disliked|Laughed at|Emphasized|Questioned|Reacted \S{1,12} to"
    r"|Removed an? (?:heart|like|dislike|laugh|exclamation|question mark) from"
    r"|Removed \S{1,12} from)"
    r" (?:[“\"].*[”\"]|an image|a movie|a video|an attachment|an audio message)"
    r"|[\u200a\u200b]{0,4}\S{1,12}[\u200a\u200b]{1,4} to “.*”[\u200a\u200b]{0,4}",
    re.DOTALL,
)
# A few words around the whole of an earlier message; a long one is cut short.
_OTHERS = re.compile(
    r"[^\W\d_][^“„«「\n]{0,40}(?:« ?[^«»\n]{1,30} ?» [^«\n]{1,6})?"
    r"[“„«「]\s?(?P<quoted>[^“„«»「」]{1,2000}?)(?P<cut>…|\.\.\.)?\s?[”“»」]"
    r"[^\W\d_?!.,]{0,20}(?: mit „[^“„\n]{1,30}“ [^\W\d_]{1,20}| [^\W\d_ ]{1,20})?"
)
_OPENING = "“„«「"
_REMEMBERED = 200  # messages of a chat
_LEAST_CUT = 10  # signs of a message that is cut short


class Reactions:
    """Asked of all messages in their order."""

    def __init__(self) -> None:
        self._said: dict[str, deque[str]] = {}

    def is_one(self, chat: str, text: str) -> bool:
        said = self._said.setdefault(chat, deque(maxlen=_REMEMBERED))
        text = text.strip()
        if _ENGLISH.fullmatch(text) or self._quotes(text, said):
            return True
        said.append(text)
        return False

    def _quotes(self, text: str, said: deque[str]) -> bool:
        is_quoting = not text.isascii() and any(sign in text for sign in _OPENING)
        match = _OTHERS.fullmatch(text) if is_quoting else None
        if match is None:
            return False
        quoted = match["quoted"].strip()
        if match["cut"] and len(quoted) >= _LEAST_CUT:
            return any(one.startswith(quoted) for one in said)
        return quoted in said
