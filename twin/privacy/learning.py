"""Which chats are learnt from: where a platform's rules ask for it, those with consent alone."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from storage.chats import all_chats
from storage.consent import chats_on, consents
from storage.importers.report import FileReport
from twin.config.connector_sections import connector_sections
from twin.config.schema import Config
from twin.language import Language
from twin.privacy.excluded_chats import is_excluded
from twin.privacy.official import is_official

# Codes of the report about every message, as the others of training.dataset.
NO_CONSENT = "no consent of everyone in the chat"
WITHDRAWN = "consent withdrawn"
EXCLUDED = "excluded by [privacy]"
OFFICIAL = "official"  # see `is_official`


def asking_platforms(config: Config) -> frozenset[str]:
    """The platforms whose chats are learnt from with consent alone."""
    return frozenset(one.name for one in connector_sections() if not one.of(config).learn)


def overruled(config: Config) -> list[str]:
    """Sections in which the owner learns from all chats, though the platform's rules forbid it."""
    return [
        one.section
        for one in connector_sections()
        if one.of(config).learn and not one.settings.model_fields["learn"].default
    ]


def not_learnt(db: Database, config: Config) -> dict[int, str]:
    """Chat → why nothing of it is learnt. A consent that was withdrawn counts on any platform."""
    said = consents(db)
    asking = chats_on(db, asking_platforms(config))
    without = {chat: NO_CONSENT for chat in asking if chat not in said}
    return without | {chat: WITHDRAWN for chat, last in said.items() if not last.agreed}


def reason_against(
    chat: Mapping[str, Any], config: Config, unlearnt: Mapping[int, str]
) -> str | None:
    """Why nothing of the chat is learnt. `unlearnt` is `not_learnt` of the log."""
    names = (chat[key] for key in ("id", "external_id", "name"))
    if is_excluded(names, config.privacy.excluded_chats):
        return EXCLUDED
    is_checked = config.quality.official and config.dataset.rules != "classic"
    official = is_checked and is_official(chat["platform"], chat["external_id"], chat["name"])
    return OFFICIAL if official else unlearnt.get(chat["id"])


def asks_for_consent(db: Database, config: Config, chat_id: int) -> bool:
    """Whether that chat is learnt from with consent alone."""
    return chat_id in chats_on(db, asking_platforms(config))


def waiting_for_consent(db: Database, config: Config) -> int:
    """In how many chats the owner wrote that would be learnt from if everyone in them agreed."""
    unlearnt = not_learnt(db, config)
    waiting = [
        chat.id
        for chat in all_chats(db)
        if unlearnt.get(chat.id) == NO_CONSENT
        and not is_official(chat.platform, chat.external_id, chat.name)
        and not is_excluded((chat.id, chat.external_id, chat.name), config.privacy.excluded_chats)
    ]
    row = db.execute(
        "SELECT COUNT(*) FROM json_each(?) WHERE EXISTS "
        "(SELECT 1 FROM messages WHERE chat_id = value AND origin = 'owner')",
        [json.dumps(waiting)],
    ).fetchone()
    return int(row[0])


def imported_without_consent(db: Database, config: Config, files: Iterable[FileReport]) -> int:
    """How many chats of an import are not learnt from until everyone in them agrees."""
    asking, said = asking_platforms(config), consents(db)
    return len(
        {
            (file.platform, file.chat_id)
            for file in files
            if file.platform in asking
            and file.chat_kind != "self"
            and file.owner
            and file.chat_id not in said
            and not is_official(file.platform, "", file.chat)
        }
    )


def consent_notes(language: Language, chats: int) -> list[str]:
    """A line if so many chats wait for consent, with what to do."""
    if not chats:
        return []
    return [
        language.say_n(
            "{n} chat is answered but not learnt from: its platform's rules ask for the consent of "
            "everyone in it. Once you have it, `bot.py chats consent CHAT` or the chat's page "
            "records it.",
            "{n} chats are answered but not learnt from: their platforms' rules ask for the "
            "consent of everyone in a chat. Once you have it, `bot.py chats consent CHAT` or the "
            "chat's page records it.",
            chats,
        )
    ]
