"""Log lines that tell no secret, and that no stranger's text can forge, steer or blow up."""

import logging
import re
import sys
from types import TracebackType

from twin.terminal import one_line, printable

LONGEST_MESSAGE = 4000
LONGEST_TRACEBACK = 20_000  # its end says most
_INDENT = "    "
# What opens our own doors: friends' links, the first password's link, sessions, keys of the API,
# and the tokens of Telegram's bots, which stand in addresses.
_OURS = re.compile(
    r"(?P<link>/[bc]/)[\w-]{32}(?![\w-])|(?P<key>\btwin-)[\w-]{40,}"
    r"|(?P<bot>(?<!\d)\d{5,20}:)[\w-]{30,100}(?![\w-])"
    r"|(?P<other>\btoken=|\btwin_owner=|\bBearer )[A-Za-z0-9_.~+/-]{16,}={0,2}",
    re.IGNORECASE | re.ASCII,
)
_HIDDEN = "…"


def without_secrets(text: str) -> str:
    """The text with the secret part of links, tokens and keys left out."""
    # Only here: most commands log nothing, and these take a while to compile.
    from twin.privacy.detectors.secrets import KNOWN

    text = _OURS.sub(lambda found: found[found.lastgroup or 0] + _HIDDEN, text)
    for known in KNOWN:
        text = known.sub(_HIDDEN, text)
    return text


class LogFormatter(logging.Formatter):
    """Each record is one line; a traceback follows it, indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        message = one_line(without_secrets(super().formatMessage(record)))
        return message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + _HIDDEN

    def formatException(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return indented(super().formatException(exc_info))

    def formatStack(self, stack_info: str) -> str:
        return indented(super().formatStack(stack_info))


def log_to_stderr(level: int = logging.INFO) -> None:
    """Of a process beside the bot, whose log says which part speaks."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter("%(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in ("httpx", "filelock"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def indented(traceback: str) -> str:
    """A traceback as it may be shown: no line of it begins as a record does."""
    lines = printable(without_secrets(traceback[-LONGEST_TRACEBACK:])).split("\n")
    return "\n".join(_INDENT + line for line in lines)
