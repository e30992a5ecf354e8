"""A sentence in both languages, kept side by side so that neither is forgotten."""

from dataclasses import dataclass
from typing import Literal

from twin.connectors.web.text import texts_for

Language = Literal["en", "zh-CN"]


@dataclass(frozen=True, slots=True)
class Words:
    """May hold placeholders, as in "{n} drafts"; both languages have the same."""

    en: str
    zh: str

    def to(self, language: Language, **values: object) -> str:
        return (self.zh if language == "zh-CN" else self.en).format(**values)


def language_of(chosen: str | None, accept_language: str) -> Language:
    """What the owner chose in this browser, otherwise what the browser asks for."""
    return "zh-CN" if (chosen or texts_for(accept_language).language) == "zh-CN" else "en"
