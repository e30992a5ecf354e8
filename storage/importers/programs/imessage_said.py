"""Tell the words of an iMessage from what imessage-exporter writes around them in its text.

The program writes one line or more for each part of a message, then effects, reactions, the
answers to it (indented, with a date of their own) and a note. Source: `exporters/txt.rs`, 1.8 and
later; its wordings are constants there, so only whole lines count.
"""

import re
from datetime import datetime

from storage.importers.base import Said
from storage.importers.dates import local_ms
from storage.importers.file_kinds import kind_of_file
from storage.importers.record_fields import BadRow, shown
from storage.messages import Kind
from storage.texts import Text

DATE = r"[A-Z][a-z]{2} \d{1,2}, \d{4} +\d{1,2}:\d{2}:\d{2} [AP]M"
_ANSWER = re.compile(rf" {{4,}}{DATE}(?: \(.*\))?")
_FIRST_VERSION = re.compile(rf"{DATE} (.*)")
_LATER_VERSION = re.compile(r"Edited (?:\d+ (?:day|hour|minute|second)s?,? ?)+later: (.*)")
_DELETED = "This message was deleted from the conversation!"
_UNSENT = re.compile(
    r"\S.{0,60} (?:deleted a message\.|unsent (?:this|a) message(?: part)?"
    r"(?: (?:\d+ (?:day|hour|minute|second)s?,? ?)+after sending)?[!.])"
)
_EFFECTS = frozenset(
    f"Sent with {effect}"
    for effect in (
        *("Confetti", "Echo", "Fireworks", "Balloons", "Heart", "Lasers", "Shooting Star"),
        *("Shooting Start", "Sparkles", "Spotlight", "Slam", "Loud", "Gentle", "Invisible Ink"),
    )
)
_REACTIONS = ("Reactions:", "Tapbacks:")
_REACTION = re.compile(r"\S.{0,40} by \S.*|.*Sticker from \S.*|")
_NOTE = "This message responded to an earlier message."
_LINK_PREVIEW = ".pluginpayloadattachment"
_PATH = re.compile(r"(?:/|~/|[A-Za-z]:\\|attachments/|Library/).*\.\w{2,25}")
_BARE_NAME = re.compile(r"[^\s/\\]+\.\w{2,25}")
_STICKER = re.compile(r"(?:\w+ )?Sticker from .+(?:: .+| not found!)")
_MISSING = "Attachment missing!"
_URL = re.compile(r"https?://\S+")
# Bubbles of apps, which are one message.
_BUBBLE = re.compile(
    r"SharePlay Message\nEnded|Handwritten messages are not yet supported!"
    r"|Unable to format app message: [^\n]*|Photo album: [^\n]*https?://\S+"
    r"|Check In\n(?:Expected|Was expected|Checked in) at [^\n]*"
    r"|Apple (?:Cash|Pay) transaction: [^\n]{1,30}"
)
_PLACE = re.compile(r"(?:Started sharing|Stopped sharing|Shared) location!")


def sent_ms(written: str) -> int:
    """UTC milliseconds of `May 17, 2022  5:29:42 PM` in this computer's time zone."""
    try:
        moment = datetime.strptime(" ".join(written.split()), "%b %d, %Y %I:%M:%S %p")  # noqa: DTZ007
    except ValueError:
        raise BadRow(Text("time {value} is not a date and time", value=shown(written))) from None
    return local_ms(
        (moment.year, moment.month, moment.day), (moment.hour, moment.minute, moment.second)
    )


def is_unsent(line: str) -> bool:
    """Whether it stands in place of a message that was taken back."""
    return _UNSENT.fullmatch(line) is not None


def said(lines: list[str]) -> Said:
    """Read the lines below the sender's name."""
    whole = "\n".join(lines).strip("\n")
    own = _own_lines(lines)
    deleted = own[:1] == [_DELETED]
    own, edited = _last_version(own[1:] if deleted else own)
    text = "\n".join(own).strip("\n")
    raw = whole if whole != text else None
    if is_unsent(text):
        return Said("system", text, raw, recalled=True)
    if _BUBBLE.fullmatch(text):
        return Said("other", "", whole)
    if _PLACE.fullmatch(text):
        return Said("location", "", whole)
    if len(own) > 1 and _URL.fullmatch(own[0]):
        return Said("link", "", whole, deleted)  # below it stand the page's title and summary
    kind, words = _without_files(own)
    return Said(kind, words, whole if whole != words else None, deleted, edited)


def _own_lines(lines: list[str]) -> list[str]:
    """The parts of the message, without effects, reactions, answers and the note."""
    own = list[str]()
    rest = iter(enumerate(lines))
    for at, line in rest:
        if _ANSWER.fullmatch(line):
            break
        if own and line in _REACTIONS and _begin_reactions(lines[at + 1 :]):
            while at + 1 < len(lines) and _REACTION.fullmatch(lines[at + 1]):
                at, _ = next(rest)
        elif not (own and line in _EFFECTS) and line != _NOTE:
            own.append(line)
    while own and not own[-1].strip():
        own.pop()
    return own


def _begin_reactions(lines: list[str]) -> bool:
    return bool(lines and lines[0].strip() and _REACTION.fullmatch(lines[0]))


def _last_version(lines: list[str]) -> tuple[list[str], bool]:
    """An edited message shows its versions one below the other; the last one counts."""
    if not lines or not _FIRST_VERSION.fullmatch(lines[0]):
        return lines, False
    for at in range(len(lines) - 1, 0, -1):
        match = _LATER_VERSION.fullmatch(lines[at])
        if match:
            return [match[1], *lines[at + 1 :]], True
    return lines, False


def _without_files(lines: list[str]) -> tuple[Kind, str]:
    """(kind of the first thing that was sent, the words beside it)."""
    kinds = [_kind_of_line(line) for line in lines]
    words = [line for line, kind in zip(lines, kinds, strict=True) if kind is None]
    found = next((kind for kind in kinds if kind is not None), None)
    return found or "text", "\n".join(words).strip("\n")


def _kind_of_line(line: str) -> Kind | None:
    if line == _MISSING:
        return "other"
    if _STICKER.fullmatch(line):
        return "sticker"
    is_path = _PATH.fullmatch(line) is not None
    if not is_path and not _BARE_NAME.fullmatch(line):
        return None
    kind = "link" if line.lower().endswith(_LINK_PREVIEW) else kind_of_file(line)
    return kind if is_path or kind != "file" else None
