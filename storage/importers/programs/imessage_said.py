"""Tell the words of an iMessage from what imessage-exporter writes around them in its text.

The program writes one line or more for each part of a message, then effects, reactions, the
answers to it (indented, with a date of their own) and a note. Source: `exporters/txt.rs`, 1.8 to 4;
its wordings are constants there, so only whole lines count.
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
_AFTER = r"(?: (?:\d+ (?:day|hour|minute|second)s?,? ?)+after sending)?"
_UNSENT = re.compile(
    rf"\S.{{0,60}} (?:deleted a message\.|unsent (?:this|a) message(?: part)?{_AFTER}[!.])"
)
_UNSENT_PART = re.compile(rf"\S.{{0,60}} unsent this message part{_AFTER}!")
_EFFECTS = frozenset(
    f"Sent with {effect}"
    for effect in (
        *("Confetti", "Echo", "Fireworks", "Balloons", "Heart", "Lasers", "Shooting Star"),
        *("Shooting Start", "Sparkles", "Spotlight", "Slam", "Loud", "Gentle", "Invisible Ink"),
    )
)
_REACTIONS = ("Reactions:", "Tapbacks:")
_REACTION = re.compile(r"(?: {4})?\S.{0,40} by \S.*|.*Sticker from \S.*|")
_NOTES = frozenset(
    {"This message responded to an earlier message.", "Unable to format announcement!"}
)
_OBJECT = "\ufffc"  # where a picture stood in the text
_LINK_PREVIEW = ".pluginpayloadattachment"
_PATH = re.compile(r"(?:/|~/|[A-Za-z]:\\|attachments/|Library/).*\.\w{2,25}")
_BARE_NAME = re.compile(r"[^\s/\\]+\.\w{2,25}")
_STICKER = re.compile(r"(?:\w+ )?Sticker from .+(?:: .+| not found!)")
_MISSING: dict[str, Kind] = {"Attachment missing!": "other", "Audio Message.caf": "voice"}
_TRANSCRIPTION = "Transcription: "  # below a voice message
_TRANSLATED = "Translated from:"  # between the translation and the words
_URL = re.compile(r"https?://\S+")
# Bubbles of apps, which are one message.
_BUBBLE = re.compile(
    r"SharePlay Message\nEnded|Handwritten messages are not yet supported!"
    r"|Unable to format app message: [^\n]*|Photo album: [^\n]*https?://\S+"
    r"|Check[ \u00a0]In(?:: [^\n]*)?\n(?:Expected|Was expected|Checked in) (?:at|around) [^\n]*"
    r"|(?:GamePigeon|Fitness) message:[^\n]*(?:\n[^\n]*){0,9}"
    r"|Apple (?:Cash|Pay) transaction: [^\n]{1,30}"
)
_CHOICE = re.compile(r"- .{1,500} \((\d{1,4})\)")
_VOTE = "  - "
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
    own, part_unsent = _without_unsent_parts(_as_written(own))
    edited |= part_unsent
    text = "\n".join(own).strip("\n")
    raw = whole if whole != text else None
    if is_unsent(text):
        return Said("system", text, raw, recalled=True)
    if _BUBBLE.fullmatch(text) or _is_poll(own):
        return Said("other", "", whole)
    if _PLACE.fullmatch(text):
        return Said("location", "", whole)
    if len(own) > 1 and _URL.fullmatch(own[0]):
        return Said("link", "", whole, deleted)  # below it stand the page's title and summary
    kind, words, file = _without_files(own)
    return Said(kind, words, whole if whole != words else None, deleted, edited, file=file)


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
        elif not (own and line in _EFFECTS) and line not in _NOTES:
            own.append(line.replace(_OBJECT, ""))
    while own and not own[-1].strip():
        own.pop()
    return own


def _begin_reactions(lines: list[str]) -> bool:
    return bool(lines and lines[0].strip() and _REACTION.fullmatch(lines[0]))


def _last_version(lines: list[str]) -> tuple[list[str], bool]:
    """An edited part shows its versions one below the other; the last one counts."""
    for first in range(len(lines)):
        if _FIRST_VERSION.fullmatch(lines[first]):
            for at in range(len(lines) - 1, first, -1):
                match = _LATER_VERSION.fullmatch(lines[at])
                if match:
                    return [*lines[:first], match[1], *lines[at + 1 :]], True
            break
    return lines, False


def _as_written(lines: list[str]) -> list[str]:
    """Without the translation that stands above."""
    at = lines.index(_TRANSLATED) if _TRANSLATED in lines[1:-1] else -1
    return lines[at + 1 :]


def _without_unsent_parts(lines: list[str]) -> tuple[list[str], bool]:
    """The other parts, if there are any, and whether one was taken back."""
    rest = [line for line in lines if not _UNSENT_PART.fullmatch(line)]
    is_part = len(rest) < len(lines) and any(line.strip() for line in rest)
    return (rest, True) if is_part else (lines, False)


def _is_poll(lines: list[str]) -> bool:
    """Choices, each with the number of votes and below it as many names."""
    wanted = 0
    for line in lines:
        choice = _CHOICE.fullmatch(line)
        if choice and not wanted:
            wanted = int(choice[1])
        elif wanted and line.startswith(_VOTE):
            wanted -= 1
        else:
            return False
    return bool(lines) and not wanted


def _without_files(lines: list[str]) -> tuple[Kind, str, str]:
    """(kind of the first thing that was sent, the words beside it, its path)."""
    kinds, words, file = list[Kind](), list[str](), ""
    before: Kind | None = None
    for line in lines:
        kind = _kind_of_line(line)
        if kind is not None:
            path = line.rpartition(": ")[2] if kind == "sticker" else line
            file = path if not kinds and _PATH.fullmatch(path) else file
            kinds.append(kind)
        elif not (before == "voice" and line.startswith(_TRANSCRIPTION)):
            words.append(line)
        before = kind
    return (kinds[0] if kinds else "text"), "\n".join(words).strip("\n"), file


def _kind_of_line(line: str) -> Kind | None:
    if line in _MISSING:
        return _MISSING[line]
    if _STICKER.fullmatch(line):
        return "sticker"
    is_path = _PATH.fullmatch(line) is not None
    if not is_path and not _BARE_NAME.fullmatch(line):
        return None
    kind = "link" if line.lower().endswith(_LINK_PREVIEW) else kind_of_file(line)
    return kind if is_path or kind != "file" else None
