"""Keep the catalogs of `twin.language` complete: `make messages` adds and drops texts in them.

A text is found where it is an argument of `say`, `say_n`, `N_` or `Text`, and in the tables of
`_texts_in_tables`. `wrong` is for the tests: a text without a translation fails them.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

from storage.reasons import BurstReason, ErrorReason, RunEnd, RunReason
from twin.config.fields import all_settings
from twin.diagnostics.findings import FINDINGS
from twin.language import CATALOGS, ENGLISH, FILE, languages, read_catalog
from twin.replying.guard import FoundKind
from twin.replying.guard_rules import RULES
from twin.score_labels import GATE_SENTENCES, SCORE_LABELS

ROOT = Path(__file__).resolve().parents[1]
CODE = ("bot.py", "storage", "training", "twin")
KEYWORDS: Any = {"say": None, "N_": None, "Text": None, "say_n": (1, 2)}
WIDTH = 100


def collect() -> Catalog:
    """Every text of the program, in English."""
    catalog = Catalog(project="twin")
    for file in _code():
        place = file.relative_to(ROOT).as_posix()
        for _, text, comments, _ in extract_from_file("python", file, KEYWORDS):
            catalog.add(text, locations=[(place, 0)], auto_comments=comments)
    for context, text, place in _texts_in_tables():
        catalog.add(text, context=context or None, locations=[(place, 0)])
    return catalog


def _code() -> Iterator[Path]:
    for name in CODE:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _texts_in_tables() -> Iterator[tuple[str, str, str]]:
    """What is kept as a code, and the explanations of the settings: context, text, place."""
    for kind in (BurstReason, RunReason, RunEnd, ErrorReason):
        yield from (("reason", reason.value, "storage/reasons.py") for reason in kind)
    rules = tomllib.loads(RULES.read_text("utf-8"))
    topics = [rule["name"] for table in ("topic", "reply") for rule in rules[table]]
    for topic in dict.fromkeys([*topics, *map(str, FoundKind)]):
        yield "topic", topic, "twin/replying/guard_rules.toml"
    for check in FINDINGS.values():
        yield from (
            ("", text, "twin/diagnostics/findings.py")
            for text in (check.name, check.found, check.remedy)
        )
    for label in SCORE_LABELS:
        yield from (("", text, "twin/score_labels.py") for text in (label.name, label.good))
    yield from (("", text, "twin/score_labels.py") for text in GATE_SENTENCES.values())
    for setting in all_settings():
        yield "setting", setting.key, "config.toml"
        yield setting.key, setting.note, "config.toml"
        if setting.fixed:
            yield "fixed", setting.fixed, "config.toml"


def wrong(name: str, catalog: Catalog, texts: Catalog) -> Iterator[str]:
    """One line for each text of the catalog that is missing, doubtful, unused or ill-formed."""
    for text in texts:
        if text.id:
            translated = catalog.get(_key(text), text.context)
            if translated is None or not all(_strings(translated)):
                yield f"{name}: not translated: {_key(text)!r}"
            elif translated.fuzzy:
                yield f"{name}: marked as fuzzy: {_key(text)!r}"
            else:
                yield from _other_placeholders(name, text, translated)
    for message in catalog:
        if message.id and texts.get(_key(message), message.context) is None:
            yield f"{name}: not used any more: {_key(message)!r}"


def _other_placeholders(name: str, text: Message, translated: Message) -> Iterator[str]:
    wanted = _fields(text.id if isinstance(text.id, str) else text.id[-1])
    for string in _strings(translated):
        if _fields(string) != wanted:
            yield f"{name}: other placeholders: {_key(text)!r} as {string!r}"


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _strings(message: Message) -> tuple[str, ...]:
    strings = message.string
    return (strings,) if isinstance(strings, str) else tuple(strings or ())


def _fields(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # a lone brace, which is no placeholder
        return set()


def update(locale: str, texts: Catalog) -> None:
    """Write the catalog with exactly these texts; new ones have no translation yet."""
    catalog = read_catalog(locale)
    texts.creation_date = catalog.creation_date  # today's would be a change each time
    catalog.update(texts, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    with (CATALOGS / locale / FILE).open("wb") as file:
        write_po(file, catalog, width=WIDTH, sort_by_file=True, include_lineno=False)


def main() -> None:
    texts = collect()
    for language in languages():
        if language.locale != ENGLISH:
            update(language.locale, texts)
            for line in wrong(language.locale, read_catalog(language.locale), texts):
                print(line)


if __name__ == "__main__":
    main()
