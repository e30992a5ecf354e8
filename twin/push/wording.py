"""What a device shows of a notice, in its language: how many and what, nobody's words or name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from storage.drafts import count_drafts
from storage.notice_kinds import NoticeKind
from storage.plain_text import is_visible, visible
from storage.texts import Text
from twin.language import N_, Language
from twin.push.service import BYTES, Urgency

TITLE = N_("AI twin")
MOST_NAMES, NAME_CHARS = 3, 30
MOST_BRIEFS = 1
URGENCY: Mapping[NoticeKind, Urgency] = {
    "draft": "normal",
    "held": "high",
    "trouble": "high",
    "training": "low",
}
# Where a tap on it leads.
_PAGES: Mapping[NoticeKind, str] = {
    "draft": "/drafts",
    "held": "/chats",
    "trouble": "/",
    "training": "/training",
}
SOMETHING = Text("Something needs you.")
TEST = Text("This is a test: notices arrive on this device.")


@dataclass(frozen=True, slots=True)
class Told:
    """Notices of one kind that are told together: how many, what they say, about which friends."""

    kind: NoticeKind
    count: int = 0
    briefs: tuple[Text, ...] = ()
    friends: tuple[str, ...] = ()

    def and_also(self, brief: Text | None, friend: str) -> "Told":
        """With one more. Each brief and friend once, and no more of them than are shown."""
        briefs = dict.fromkeys((*self.briefs, brief or SOMETHING))
        friends = dict.fromkeys((*self.friends, *([friend] if friend else [])))
        return Told(
            *(self.kind, self.count + 1),
            tuple(briefs)[: MOST_BRIEFS + 1],
            tuple(friends)[: MOST_NAMES + 1],
        )


def line_of(told: Told, db: Database, language: Language) -> str:
    """One line; empty when there is nothing to tell any more."""
    if told.kind == "draft":
        count = count_drafts(db)
        if not count:
            return ""
        return language.say_n("{n} draft waits for you.", "{n} drafts wait for you.", count)
    if told.kind == "held":
        return language.say_n(
            "{n} message is left to you.", "{n} messages are left to you.", told.count
        )
    if len(told.briefs) > MOST_BRIEFS:
        return language.say_n("{n} thing needs you.", "{n} things need you.", told.count)
    return " ".join(map(language.say, told.briefs))


def with_names(line: str, friends: Sequence[str], language: Language) -> str:
    """The line and the first few of the friends."""
    shown = [" ".join(visible(name).split())[:NAME_CHARS] for name in friends if is_visible(name)]
    if not line or not shown:
        return line
    more = ", …" if len(shown) > MOST_NAMES else ""
    names = ", ".join(shown[:MOST_NAMES]) + more
    return language.say("{line} ({names})", line=line, names=names)


def content_of(line: str, kind: NoticeKind | None, language: Language) -> bytes:
    """As the service worker reads it. `kind` None: a test."""
    fields = {
        "title": language.say(TITLE),
        "body": line,
        "lang": language.tag,
        "tag": kind or "test",  # the next one of that kind takes its place on the device
        "silent": kind == "training",
        "page": _PAGES[kind] if kind else "/notifications",
    }
    written = json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
    if len(written) > BYTES:  # of a brief that quotes something long
        return content_of(language.say(SOMETHING), kind, language)
    return written
