"""signalbackup-tools' pages: `Name (_id12).html`, a chat in a folder of its own, or in several.

Written by `signalbackup-tools --exporthtml` from a backup of Signal for Android. Whose phone it was
shows in which side a message stands on; only a group's page names who wrote.
"""

from collections.abc import Iterator
from itertools import islice

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.formats.signalbackup import time_ms
from storage.importers.programs.signalbackup_page import Page, Post, posts
from storage.messages import Kind

NAME = "signalbackup-html"
PLATFORM = "signal"
PROGRAMS = (
    Program(
        "signalbackup-tools",
        "HTML (`--exporthtml`)",
        "in the file",
        unsure="people have no ids in it, and chats only a name",
        versions="of 2023 to 2026",
        source="its source",
    ),
)
LOOKS_FOR = ("by signalbackup-tools", '<div class="msg msg-incoming">')

_BEGINS, _PROGRAM = "<!-- Generated on ", " by signalbackup-tools ("
_OF_CHATS = "--msgincoming-b:"  # its other pages show no messages
_OWNER = "You"
_FAILED = ", Send failed"
_SELF = ("Note to Self", "Note to self")


def recognizes(file: ExportFile) -> bool:
    head = file.head.lstrip("\ufeff")
    return head.startswith(_BEGINS) and _PROGRAM in head[:200] and _OF_CHATS in head


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    page = Page()
    next(islice(posts(file, page), 1), None)
    file.begin()
    file.note_local_times()
    chat = page.heading.strip() or file.called.stem
    rows = ((post.line, post) for post in posts(file, Page()))
    return file.each(rows, lambda post: _message(post, chat, page.is_group))


def _message(post: Post, chat: str, is_group: bool) -> ImportedMessage | None:
    own = "msg-outgoing" in post.classes
    recalled = "deleted-msg" in post.classes
    of_platform = "msg-status" in post.classes
    friend = post.name or ("" if is_group else chat)
    sender = "" if of_platform else _OWNER if own else friend
    words, kind = post.said("words"), _kind(post)
    if recalled or (kind == "text" and not words):
        words = ""
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=sender,
        sent_at=time_ms(post.said("time").removesuffix(_FAILED)),
        text="" if kind == "call" else words,
        kind=kind,
        from_owner=own and not of_platform,
        chat_kind="group" if is_group else "direct",
        recalled=recalled,
        raw=words if kind == "call" else None,
        chat_id_is_name=True,
        edited=post.edited,
        file=post.file,
    )


def _kind(post: Post) -> Kind:
    if "deleted-msg" in post.classes:
        return "system"
    if "msg-status" in post.classes:
        return "call" if post.kind == "call" else "system"
    return post.kind or ("text" if post.said("words") else "other")
