"""Translate what is stored as a code: reasons, errors, findings, verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storage.chats import Chat
from storage.errors import TwinError
from storage.listings import ListedChat
from storage.messages import Message, Origin
from twin.config.connector_sections import connector_sections
from twin.config.wrong_setting import WrongSetting
from twin.diagnostics.findings import FINDINGS, Check
from twin.language import N_, Language
from twin.score_labels import GATE_SENTENCES

# By pydantic's type of the error; {} is the limit. English pages show pydantic's own words.
WRONG_SETTINGS: Mapping[str, str] = {
    "greater_than": N_("must be greater than {}"),
    "greater_than_equal": N_("must be at least {}"),
    "less_than": N_("must be less than {}"),
    "less_than_equal": N_("must be at most {}"),
    "finite_number": N_("must be a finite number"),
    "literal_error": N_("must be {}"),
    "string_too_short": N_("must not be empty"),
    "too_short": N_("needs at least one entry"),
    "string_pattern_mismatch": N_("has the wrong form; see the explanation"),
    "value_error": N_("can't be written like that; see the explanation"),
    "int_type": N_("must be a whole number"),
    "float_type": N_("must be a number"),
    "bool_type": N_("must be true or false"),
    "string_type": N_("must be text"),
    "tuple_type": N_("must be a list"),
    "model_type": N_("must be a section of settings"),
    "extra_forbidden": N_("is not a setting; see config.toml for all of them"),
}

# Where chats were that no connector has; a connector has its title.
PLATFORMS: Mapping[str, str] = {
    "discord": "Discord",
    "feishu": N_("Feishu"),
    "google-chat": "Google Chat",
    "hangouts": "Hangouts",
    "imessage": "iMessage",
    "import": N_("imported"),
    "kakaotalk": "KakaoTalk",
    "line": "LINE",
    "messenger": "Messenger",
    "signal": "Signal",
    "skype": "Skype",
    "slack": "Slack",
    "sms": N_("SMS"),
    "snapchat": "Snapchat",
    "teams": "Teams",
    "viber": "Viber",
    "whatsapp": "WhatsApp",
}

# Kinds and origins of messages.
KINDS: Mapping[str, str] = {
    "text": N_("text"),
    "image": N_("image"),
    "voice": N_("voice message"),
    "video": N_("video"),
    "file": N_("file"),
    "sticker": N_("sticker"),
    "link": N_("link"),
    "location": N_("location"),
    "contact": N_("contact"),
    "transfer": N_("transfer"),
    "call": N_("call"),
    "forward": N_("forwarded"),
    "system": N_("system message"),
    "command": N_("command to the bot"),
    "notice": N_("notice from the bot"),
    "other": N_("other"),
}
WHO: Mapping[Origin, str] = {"peer": N_("Friend"), "owner": N_("You"), "twin": N_("Twin")}


def platform_in(language: Language, platform: str) -> str:
    """Its name; as it is where an export called it something else."""
    titles = {connector.name: connector.title for connector in connector_sections()}
    name = titles.get(platform) or PLATFORMS.get(platform)
    return platform if name is None else language.say(name)


def kind_in(language: Language, kind: str) -> str:
    """Of a message; an export may have called it something else."""
    return language.say(KINDS.get(kind, KINDS["other"]))


def who_in(language: Language, message: Message, friend: str | None = None) -> str:
    """Who wrote it. `friend`: their name where the message has none, as in a chat of two."""
    name = (message.sender or friend) if message.origin == "peer" else None
    return name or language.say(WHO[message.origin])


def chat_in(language: Language, chat: Chat | ListedChat) -> str:
    """A chat's name with what tells it from another chat with somebody of that name."""
    platform = platform_in(language, chat.platform)
    return language.say("{chat} ({platform})", chat=chat.name, platform=platform)


def chats_in(language: Language, chats: Iterable[Chat]) -> str:
    """Their names, one after the other."""
    return language.say(", ").join(chat_in(language, chat) for chat in chats)


def reason_in(language: Language, reason: str) -> str:
    """A reason of `storage.reasons`; as it is where there is no translation, as for old ones."""
    return _translated(language, reason) or reason


def _translated(language: Language, reason: str) -> str | None:
    code, _, value = reason.partition(": ")
    if not value:
        return language.find(code, "reason")
    found = language.find(code + ": {}", "reason")
    return found.format(_value_in(language, value)) if found else None


def _value_in(language: Language, value: str) -> str:
    """The guard's topics and kinds of messages are values that are words."""
    kinds = value.split(", ")
    if all(kind in KINDS for kind in kinds):
        return language.say(", ").join(kind_in(language, kind) for kind in kinds)
    return language.find(value, "topic") or value


def error_in(language: Language, error: TwinError) -> str:
    """One line; in English where there is no translation."""
    if isinstance(error, WrongSetting):
        return _wrong_setting(language, error) or str(error)
    return _translated(language, error.reason) or language.say(error.message)


def _wrong_setting(language: Language, error: WrongSetting) -> str | None:
    code, _, limit = error.reason.partition(": ")
    wrong = WRONG_SETTINGS.get(code)
    if language.is_english or wrong is None or ("{}" in wrong) != bool(limit):
        return None
    return language.say("{name}: {text}", name=error.key, text=language.say(wrong).format(limit))


def finding_in(language: Language, check: Check) -> tuple[str, str]:
    """What the doctor found, and what to do about it."""
    known, values = FINDINGS.get(check.code), dict(check.values)
    if known is None:
        name, found = language.say(check.name), language.say(check.found)
        return language.say("{name}: {text}", name=name, text=found), language.say(check.remedy)
    if "error" in values:  # it may be a run's, which is kept as a code
        values["error"] = reason_in(language, values["error"])
    found, remedy = language.say(known.found, **values), language.say(known.remedy, **values)
    return language.say("{name}: {text}", name=language.say(known.name), text=found), remedy


def verdict_in(language: Language, verdict: Mapping[str, Any]) -> Sequence[str]:
    """Why the adapter went live or not; as it was written then where a code is unknown."""
    reasons: Sequence[str] = verdict.get("reasons", [])
    codes: Sequence[Mapping[str, Any]] = verdict.get("grounds", [])
    if language.is_english or not all(one["code"] in GATE_SENTENCES for one in codes):
        return reasons
    return [language.say(GATE_SENTENCES[one["code"]], **one["values"]) for one in codes] or reasons
