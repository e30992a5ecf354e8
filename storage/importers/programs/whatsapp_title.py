"""Find whom or which group a WhatsApp export is of, by the name of its file.

WhatsApp names the file in the phone's language. iPhones call every text `_chat.txt`: there the
folder or the .zip has the name.
"""

import re
from collections.abc import Collection
from pathlib import Path

from storage.importers.copy_marks import without_copy_mark

_UNNAMED = ("_chat", "chat")
_BEFORE = re.compile(
    r"(?:WhatsApp[- ]chat (?:with|mit|met|med|-|–)"
    r"|Chat (?:de |di |do )?WhatsApp (?:con|de|avec|com|dengan|cu|s uživatelem|s)"
    r"|(?:Conversa|Conversación|Discussion|Conversazione) (?:do |de |sur )?WhatsApp"
    r" (?:com|con|avec|amb)"
    r"|Чат (?:в )?WhatsApp (?:с контактом|с группой|с|з контактом|із|з)"
    r"|Czat WhatsApp z(?: użytkownikiem| grupą)?|WhatsApp sohbeti -"
    r"|(?:דו-שיח|צ'אט) WhatsApp עם|(?:دردشة|محادثة) (?:واتساب|WhatsApp) مع"
    r"|Trò chuyện WhatsApp với|(?:แชท|แชต) ?WhatsApp ?กับ) ?(?P<title>\S.*)",
    re.IGNORECASE,
)
_AROUND = re.compile(r"[与與] ?(.+?) ?的 ?WhatsApp ?(?:聊天|对话|對話)(?:记录|記錄)?")
_BEHIND = (
    *(" ile WhatsApp sohbeti", "님과의 WhatsApp 대화", "님과의 WhatsApp 채팅"),
    *("との WhatsApp チャット", "とのWhatsAppトーク", " के साथ WhatsApp चैट"),
)


def chat_title(path: Path, people: Collection[str]) -> str:
    """The chat's name. `people` are those who wrote in it, for names in other languages."""
    name = path.stem
    if name in _UNNAMED and path.parent.name:
        name = path.parent.name.removesuffix(".zip")
    title = _in_a_known_language(name) or _person_at_the_end(name, people) or name
    plain = without_copy_mark(title)
    return plain if plain in people and title not in people else title


def _in_a_known_language(name: str) -> str | None:
    before, around = _BEFORE.search(name), _AROUND.fullmatch(name)
    if before or around:
        return before["title"].strip() if before else around and around[1]
    ends = (end for end in _BEHIND if name.casefold().endswith(end.casefold()))
    return next((name[: -len(end)] for end in ends), None)


def _person_at_the_end(name: str, people: Collection[str]) -> str | None:
    if "whatsapp" not in name.casefold() or len(people) > 2:
        return None
    plain = without_copy_mark(name)
    return next((person for person in people if plain.endswith(f" {person}")), None)
