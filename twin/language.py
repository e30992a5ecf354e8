"""Show texts, dates and numbers in the reader's language.

English stands in the code; each other language is one catalog,
`locale/LANGUAGE/LC_MESSAGES/twin.po`. To add one, copy its folder and run `make messages`.
Babel takes a while to load, so it is imported when the first page is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from storage.texts import Text
from twin.places import as_typed

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog
    from babel.support import Translations

CATALOGS = Path(__file__).with_name("locale")
FILE = Path("LC_MESSAGES", "twin.po")
ENGLISH = "en"


def N_(text: str) -> str:
    """Mark a text that is kept in a table, to be translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages, named as in Babel: "en", "zh_CN"."""

    locale: str

    @property
    def tag(self) -> str:
        """The name that browsers know, as in "zh-CN"."""
        return self.locale.replace("_", "-")

    @property
    def is_english(self) -> bool:
        return self.locale == ENGLISH

    @property
    def name(self) -> str:
        """What its speakers call it."""
        from babel import Locale

        return (Locale.parse(self.locale).get_language_name() or self.tag).capitalize()

    def say(self, text: str, /, **values: object) -> str:
        """The text in this language, its placeholders filled in.

        Those of a `storage.texts.Text` with its own values, which are said in this language too.
        """
        if isinstance(text, Text):
            own = {
                name: self.say(value) if isinstance(value, Text) else value
                for name, value in text.values.items()
            }
            return self.say(text.template, **own)
        translated = as_typed(_translations(self.locale).gettext(text) if text else "")
        return translated.format(**values) if values else translated

    def say_n(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The text for `n` things, which it may show as {n}."""
        translated = _translations(self.locale).ngettext(one, many, n)
        return translated.format(n=self.number(n), **values)

    def find(self, text: str, context: str) -> str | None:
        """The translation of a text that is kept as a code; None where there is none."""
        translated = _translations(self.locale).pgettext(context, text)
        return None if translated == text else str(translated)

    def find_note(self, context: str) -> str | None:
        """The translation of the one text that has this context, whatever the text is."""
        return _notes(self.locale).get(context)

    def when(self, at: datetime) -> str:
        """A day and a time, by the clocks of its own zone."""
        from babel.dates import format_date, get_datetime_format

        together = str(get_datetime_format("medium", locale=self.locale))
        return together.format(self.time(at), format_date(at, "medium", locale=self.locale))

    def day(self, day: date) -> str:
        from babel.dates import format_date

        return format_date(day, "medium", locale=self.locale)

    def day_of_year(self, day: date) -> str:
        """Without its year, and shortened."""
        from babel.dates import format_skeleton

        return format_skeleton("MMMd", day, locale=self.locale)

    def whole_day(self, day: date) -> str:
        """With its weekday, and nothing shortened."""
        from babel.dates import format_date

        return format_date(day, "full", locale=self.locale)

    def spoken_day(self, day: date, *, with_year: bool) -> str:
        """Its date as people say it within a sentence, as in "29 November"."""
        from babel.dates import format_date, format_skeleton

        locale = "en_GB" if self.is_english else self.locale
        if with_year:
            return format_date(day, "long", locale=locale)
        return format_skeleton("MMMMd", day, locale=locale)

    def time(self, at: datetime) -> str:
        """The time of the day, by the clocks of its own zone."""
        from babel.dates import format_skeleton

        return format_skeleton("Hm", at, locale=self.locale)

    def number(self, value: float, digits: int = 0) -> str:
        """With the language's separators and so many digits after the point."""
        from babel.numbers import format_decimal

        pattern = "#,##0." + "0" * digits if digits else "#,##0"
        return format_decimal(value, pattern, locale=self.locale)

    def percent(self, share: float, digits: int = 0) -> str:
        from babel.numbers import format_percent

        pattern = "#,##0." + "0" * digits + "%" if digits else "#,##0%"
        return format_percent(share, pattern, locale=self.locale)


@cache
def languages() -> tuple[Language, ...]:
    """English and every language that has a catalog."""
    found = sorted(file.parents[1].name for file in CATALOGS.glob(f"*/{FILE.as_posix()}"))
    return (Language(ENGLISH), *map(Language, found))


def language_for(accept_language: str, chosen: str | None = None) -> Language:
    """What was chosen, by its tag, or else what a browser's Accept-Language header asks for.

    "zh-TW" is answered in "zh_CN" where there is no nearer one.
    """
    from babel import negotiate_locale

    known = {language.locale.partition("_")[0]: language for language in reversed(languages())}
    known |= {language.locale.lower(): language for language in languages()}
    wanted = [chosen] if chosen else []
    wanted += _by_weight(accept_language)
    # Of "zh-Hant-TW" Babel would try "zh_Hant_TW" and no more.
    tags = [name for tag in wanted for name in (tag.replace("-", "_"), tag.partition("-")[0])]
    name = negotiate_locale(tags, list(known), aliases={})
    return known[(name or ENGLISH).lower()]  # Babel leaves a tag's case as the browser wrote it


def terminal_language(environment: Mapping[str, str]) -> Language:
    """What LC_ALL, LC_MESSAGES or else LANG ask for, as in "zh_CN.UTF-8"."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((environment[name] for name in names if environment.get(name)), "")
    return language_for(asked.partition(".")[0].replace("_", "-"))


def _by_weight(accept_language: str) -> list[str]:
    """The tags of the header, the most wanted first; those of weight 0 are not wanted at all."""
    weighted = []
    for part in accept_language.split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighted.append((float(weight) if weight else 1.0, tag.strip()))
        except ValueError:
            continue
    # sorted is stable: of two equal weights the browser's first counts.
    return [tag for weight, tag in sorted(weighted, key=lambda one: -one[0]) if weight > 0]


def read_catalog(locale: str) -> "Catalog":
    """The catalog as its file has it."""
    from babel.messages.pofile import read_po

    with (CATALOGS / locale / FILE).open("rb") as file:
        return read_po(file, locale=locale)


@cache
def _translations(locale: str) -> "Translations":
    from babel.messages.mofile import write_mo
    from babel.support import Translations

    if locale == ENGLISH:
        return Translations()
    compiled = BytesIO()
    write_mo(compiled, read_catalog(locale))
    compiled.seek(0)
    return Translations(compiled)


@cache
def _notes(locale: str) -> dict[str, str]:
    if locale == ENGLISH:
        return {}
    return {
        str(message.context): str(message.string)
        for message in read_catalog(locale)
        if message.context and message.string
    }
