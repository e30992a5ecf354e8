"""What the model reads of a message's file: a mark that says what it is, with what was read in it.

The words in a file are a stranger's: they stand in one line, and no bracket of theirs opens or ends
a mark.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from storage.importers.file_kinds import kind_of_file
from storage.messages import Message
from storage.plain_text import is_visible, visible

# Kinds that are a file's, and what the model knows them as.
NAMES = {
    "voice": "voice",
    "image": "picture",
    "sticker": "sticker",
    "video": "video",
    "file": "file",
}
MOST_CHARS = 400  # of a file's words: a minute of speech, the first lines of a page
_BRACKETS = str.maketrans("[]", "()")
_MARK = re.compile(r"\[(?:voice|picture|sticker|video|file)(?:\]|:| with text:)")
_ONE_WORD = re.compile(r"[^\s/\\]{1,200}")


def is_media(message: Message) -> bool:
    """Whether it is a picture, a voice or the like, with or without words beside it."""
    return message.kind in NAMES


def holds_words(message: Message) -> bool:
    """Whether anything is written or said in it, as far as it was read."""
    return is_visible(words_in(message))


def words_in(message: Message) -> str:
    """What is written, said or to be seen in the message, a line each, without a mark and a file's
    name.
    """
    if not is_media(message):
        return message.text
    beside = "" if message.kind == "file" else _beside(message)
    return "\n".join(filter(is_visible, (beside, *_read(message))))


def everything_in(message: Message) -> str:
    """As `words_in`, with the name of a file: for what has to know all of it, such as the guard."""
    if not is_media(message):
        return message.text
    return "\n".join(filter(is_visible, (message.text, *_read(message))))


def as_read(message: Message, *, own_voices: bool = False) -> Message:
    """The message as the model reads it, the same in samples and in answers: a friend's file is a
    text, `[voice] see you at three`.

    The owner's voice is their own words, without a mark, where they confirmed what was heard;
    `own_voices`: where they did not, too. Other files of theirs stay what they are, and have no
    words: the twin would learn to answer with a mark. Whatever else it is stays as it is.
    """
    if not is_media(message):
        return message
    if message.origin == "peer":
        return replace(message, kind="text", text=_marked(message))
    is_own = message.origin == "owner" and (message.media_confirmed or own_voices)
    if is_own and message.kind == "voice" and message.media_text:
        return replace(message, kind="text", text=message.media_text)
    return message


def all_as_read(messages: Iterable[Message], *, own_voices: bool = False) -> list[Message]:
    return [as_read(message, own_voices=own_voices) for message in messages]


def without_marks(text: str) -> str:
    """What somebody wrote or said, without the words that tell of a file: nobody asks for those."""
    return _MARK.sub("", text) if "[" in text else text


def _marked(message: Message) -> str:
    name, beside = NAMES[message.kind], _beside(message)
    words, seen = map(_one_line, _read(message))
    if message.kind == "voice":
        return "\n".join(filter(None, (f"[{name}] {words}".rstrip(), beside)))
    if message.kind == "file":  # what stands beside it is its name
        seen, beside = ", ".join(filter(None, (_one_line(beside), seen))), ""
    if message.kind == "sticker":
        mark = f"[{name}: {words or seen}]" if words or seen else f"[{name}]"
    elif words:
        mark = f"[{name}: {seen}, with text: {words}]" if seen else f"[{name} with text: {words}]"
    else:
        mark = f"[{name}: {seen}]" if seen else f"[{name}]"
    return f"{mark} {beside}" if beside else mark


def _read(message: Message) -> tuple[str, str]:
    return message.media_text or "", message.media_description or ""


def _beside(message: Message) -> str:
    """What its sender wrote with it. Some platforms give a file's name there instead."""
    text = message.text.strip()
    if message.kind != "file" and _ONE_WORD.fullmatch(text) and kind_of_file(text) != "file":
        return ""  # a name; "10.30" and "ok...yes" are words
    return text if is_visible(text) else ""


def _one_line(words: str) -> str:
    """Blanks, invisible signs and brackets are not a file's to choose."""
    line = " ".join(visible(words).split()).translate(_BRACKETS)
    return line if len(line) <= MOST_CHARS else f"{line[:MOST_CHARS]}…"
