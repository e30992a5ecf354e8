"""Find whom or which group a WhatsApp export is of, by the name of its file.

WhatsApp names the file in the phone's language. iPhones call every text `_chat.txt`: there the
folder or the .zip has the name.
"""

import re
from collections.abc import Collection
from pathlib import Path

from storage.importers.copy_marks import without_copy_mark

_UNNAMED = ("_chat", "chat")
_TITLES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"WhatsApp[- ]chat (?:with|mit|met|med|-|–) (.+)",
        r"Chat (?:de |di |do )?WhatsApp (?:con|de|avec|com|dengan|cu|s uživatelem|s) (.+)",
        r"(?:Conversa|Conversación|Discussion|Conversazione) (?:do |de |sur )?WhatsApp"
        r" (?:com|con|avec|amb) (.+)",
        r"Чат (?:в )?WhatsApp (?:с контактом|с группой|с|з контактом|із|з) (.+)",
        r"Czat WhatsApp z (?:użytkownikiem |grupą )?(.+)",
        r"(.+) ile WhatsApp sohbeti",
        r"WhatsApp sohbeti - (.+)",
        r"[与與] ?(.+?) ?的 ?WhatsApp ?(?:聊天|对话|對話)(?:记录|記錄)?",
        r"(.+?)님과의 WhatsApp (?:대화|채팅)",
        r"(.+?)との ?WhatsApp ?(?:チャット|トーク)",
        r"(?:דו-שיח|צ'אט) WhatsApp עם (.+)",
        r"(?:دردشة|محادثة) (?:واتساب|WhatsApp) مع (.+)",
        r"(.+) के साथ WhatsApp चैट",
        r"Trò chuyện WhatsApp với (.+)",
        r"(?:แชท|แชต) ?WhatsApp ?กับ ?(.+)",
    )
)


def chat_title(path: Path, people: Collection[str]) -> str:
    """The chat's name. `people` are those who wrote in it, for names in other languages."""
    name = path.stem
    if name in _UNNAMED and path.parent.name:
        name = path.parent.name.removesuffix(".zip")
    found = (match[1].strip() for match in (title.search(name) for title in _TITLES) if match)
    title = next(found, None) or _person_at_the_end(name, people) or name
    plain = without_copy_mark(title)
    return plain if plain in people and title not in people else title


def _person_at_the_end(name: str, people: Collection[str]) -> str | None:
    if "whatsapp" not in name.casefold() or len(people) > 2:
        return None
    plain = without_copy_mark(name)
    return next((person for person in people if plain.endswith(f" {person}")), None)
