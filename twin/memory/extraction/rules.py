"""The rules of english.toml and chinese.toml: how a clause reads that states a fact.

`parts` are written into patterns for their names between %: a list stands for any of its words. A
rule whose pattern matches a whole clause says something of `kind`, unless one of the pattern's
groups is `vague`; the groups stand for their names in `slot` and `value`, which are those of
`storage.facts.NewFact`. `days`: for so long it holds. `dated`: only where the sentence names a day.
`alone`: nothing else stands behind it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from twin.memory.kinds import FactKind

RuleLanguage = Literal["english", "chinese"]
_PART = re.compile(r"%([a-z_]+)%")


class Rule(NamedTuple):
    """One pattern of a rule, as the file explains it."""

    kind: FactKind
    slot: str
    value: str
    pattern: re.Pattern[str]
    days: int | None = None
    dated: bool = False


class Rules(NamedTuple):
    """All of a language, in the order in which they are tried."""

    rules: tuple[Rule, ...]
    vague: re.Pattern[str]


class Found(NamedTuple):
    """What a clause states."""

    kind: FactKind
    slot: str
    value: str
    days: int | None
    dated: bool


@cache
def rules_of(language: RuleLanguage) -> Rules:
    file = Path(__file__).with_name(f"{language}.toml")
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    parts: Mapping[str, str | list[str]] = table["parts"]
    rules = tuple(rule for row in table["rule"] for rule in _rules(row, parts))
    vague = "|".join(_written_out(pattern, parts) for pattern in table["vague"])
    return Rules(rules, re.compile(vague, re.IGNORECASE))


def _rules(row: Mapping[str, Any], parts: Mapping[str, str | list[str]]) -> Iterator[Rule]:
    for says in row["says"]:
        written = f"%lead%(?:{says}){'' if row.get('alone') else '%tail%'}"
        pattern = re.compile(_written_out(written, parts), re.IGNORECASE)
        yield Rule(
            row["kind"],
            row["slot"],
            row.get("value", "{value}"),
            pattern,
            row.get("days"),
            row.get("dated", False),
        )


def _written_out(pattern: str, parts: Mapping[str, str | list[str]]) -> str:
    def part(match: re.Match[str]) -> str:
        text = parts[match[1]]
        whole = text if isinstance(text, str) else f"(?:{'|'.join(text)})"
        return _written_out(whole, parts)

    return _PART.sub(part, pattern)


def fact_in_clause(clause: str, language: RuleLanguage) -> Found | None:
    """What the first rule says that matches the clause."""
    rules, vague = rules_of(language)
    for rule in rules:
        match = rule.pattern.fullmatch(clause)
        if match is None:
            continue
        groups = {name: " ".join((text or "").split()) for name, text in match.groupdict().items()}
        if any(vague.search(text) for text in groups.values()):
            continue
        slot, value = (each.format(**groups).casefold() for each in (rule.slot, rule.value))
        return Found(rule.kind, slot, value, rule.days, rule.dated)
    return None
