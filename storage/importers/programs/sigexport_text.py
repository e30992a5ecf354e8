"""What a message of signal-export's `chat.md` holds: words, and marks of whatever else."""

import re
from collections.abc import Iterable

from storage.importers.base import Said
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.messages import Kind

HEAD = re.compile(
    r"\[(?P<date>\d{4}-\d{2}-\d{2}),? (?P<time>\d{2}:\d{2}(?::\d{2})?)\] (?P<name>[^:\n]{1,200}): ?"
    r"(?P<said>.*)"
)
OWNER = "Me"
DELETED = "(This message was deleted)"
# WhatsApp writes a comma and a second, and nobody is called so there. Old versions wrote no second.
_OWN_LINE = re.compile(r"(?m)^\[\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2}|,? \d{2}:\d{2})\] Me: ")
_MEDIA = re.compile(r"!?\[[^\]\n]{0,300}\]\(\.{1,2}/(?P<path>[^)\n]{1,400})\) {0,2}")
_REACTIONS = re.compile(r"\(- [^\n]{1,2000} -\)")
_STICKER = re.compile(r"\(\( [^\n]{1,60} \)\)")
_CALL = re.compile(
    r"(?:Incoming|Outgoing|Missed) (?:voice |video |group |direct )?call(?: \([^()\n]{1,60}\))?"
)


def is_markdown(file: ExportFile) -> bool:
    """Whether it is a chat.md, which has the shape of WhatsApp's lines."""
    begins = HEAD.fullmatch(file.first_dated_line) is not None
    return begins and (_OWN_LINE.search(file.head) is not None or file.path.name == "chat.md")


def said_in(text: str) -> Said:
    """The words of a message without quotes, media, stickers and reactions."""
    if text.strip() == DELETED:
        return Said("system", recalled=True)
    lines = [line for line in text.split("\n") if not _REACTIONS.fullmatch(line.strip())]
    sticker = next((line for line in lines if _STICKER.fullmatch(line.strip())), None)
    if sticker is not None:
        return Said("sticker", raw=sticker.strip())
    lines, quote = _without_quotes(lines)
    body = "\n".join(lines)
    media = _MEDIA.search(body)
    words = _MEDIA.sub("", body).strip()
    if media:
        is_sticker = media["path"].startswith("exported_stickers/")
        kind: Kind = "sticker" if is_sticker else kind_of_file(media["path"])
        path = f"../{media['path']}" if is_sticker else media["path"]
        return Said(kind, "" if is_sticker else words, media["path"], file=path)
    if is_call(words):
        return Said("call", raw=words)
    return Said("text" if words else "other", words, quote or None)


def _without_quotes(lines: list[str]) -> tuple[list[str], str]:
    """The quoted lines stand before the words; in old versions behind them."""
    begin, end = 0, len(lines)
    while begin < end and (not lines[begin].strip() or lines[begin].startswith(">")):
        begin += 1
    while end > begin and (not lines[end - 1].strip() or lines[end - 1].startswith("> ")):
        end -= 1
    aside = (*lines[:begin], *lines[end:])
    return lines[begin:end], quoted(aside)


def quoted(lines: Iterable[str]) -> str:
    return "\n".join(line[2:] for line in lines if line.startswith(">"))


def is_call(words: str) -> bool:
    return _CALL.fullmatch(words) is not None
