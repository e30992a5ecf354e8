"""Tell words from the rest in WeFlow's texts, which have the type of pictures and files alone."""

import re
from collections.abc import Collection

from storage.importers.base import Said
from storage.importers.copy_marks import chat_by_file, without_copy_mark
from storage.importers.file import ExportFile
from storage.importers.programs.wechat_words import is_platform_line, placeholder_kind
from storage.messages import Kind

_QUOTE = "[引用 "
# With media, the path of a message's file stands in its place.
_FOLDERS: dict[str, Kind] = {
    "images": "image",
    "voices": "voice",
    "videos": "video",
    "emojis": "sticker",
    **dict.fromkeys(("file", "files"), "file"),
}
_PATH = re.compile(
    r"(?:\.\.[/\\]){0,3}media[/\\](?:[^\n/\\]{1,200}[/\\]){0,3}"
    r"(?P<folder>images|voices|videos|emojis|files?)[/\\][^\n/\\]{1,200}"
)
# Before a chat's name, in the names of its files.
_KINDS_OF_CHATS = ("私聊_", "群聊_", "公众号_")


def weflow_chat(file: ExportFile, people: Collection[str]) -> str:
    """The chat's name by its file."""
    name = chat_by_file(file, people)
    kind = next((kind for kind in _KINDS_OF_CHATS if name.startswith(kind)), "")
    plain = without_copy_mark(name.removeprefix(kind))
    return plain if kind and plain in people else name.removeprefix(kind) or name


def read_weflow_text(text: str, names: Collection[str], *, plain: bool = False) -> Said:
    """`names` are the people of the chat; `plain`: its TXT, where `[红包]` has a title."""
    if is_platform_line(text, names):
        return Said("system", text)
    path = _PATH.fullmatch(text) if plain else None
    if path is not None:
        return Said(_FOLDERS[path["folder"]], raw=text, file=text)
    is_face = text.startswith("[红包]") and not plain
    kind = None if is_face else placeholder_kind(text, titled=True)
    if kind == "system":
        return Said("system", text)
    if kind is not None:
        return Said(kind, raw=text)
    words = without_quote_behind(text)
    return Said("text", words, text if words != text else None)


def without_quote_behind(text: str) -> str:
    """The words before the `[引用 name：text]` that WeFlow puts behind an answer."""
    words, quote, quoted = text.rpartition(_QUOTE)
    return words if quote and quoted.endswith("]") else text
