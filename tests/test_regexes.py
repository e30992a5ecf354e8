"""Every regular expression of the program takes linear time, whatever a stranger writes."""

import ast
import importlib
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NamedTuple, get_args

import pytest
import regex

from tests.hostile_texts import Pattern, hostile_texts
from training.dataset.question_kinds import LANGUAGES, fact_kinds
from twin.memory.agreement import tones
from twin.memory.extraction.rules import RuleLanguage
from twin.memory.extraction.rules import rules_of as fact_rules_of
from twin.memory.questions import question_rules
from twin.replying.guard_rules import rules_of

ROOT = Path(__file__).parent.parent
FLAGS_AT = {"compile": 1, "sub": 4, "subn": 4, "split": 3}  # the position of `flags`; others' is 2
USES = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
READS_ON = "finditer"  # what the uses behind it do: they try at every place
SHORT, LONGER, LONG = 4_000, 16_000, 64_000  # characters
SUSPICIOUS_S = 0.002  # processor time in which most expressions read a short text
LOOKED_AT = 5  # of the texts for an expression, those that took longest
GROWTH = 10  # what is linear takes 4 times as long for 4 times as much, what is quadratic 16 times
LIMIT_S = 0.5  # for a long text

CONTROLS = '"(" + "|".join(map(re.escape, dict.fromkeys(words))) + ")"'
ATTRIBUTE = r'''rf"\b{name}\s?=\s?(?:\"([^\"]*)\"|'([^']*)')"'''
# Expressions made of what is known only when they are used, with examples. None: they are read from
# a file, see `rules_in_files`.
MADE: dict[tuple[str, str], tuple[str, ...]] = {
    ("storage/importers/formats_table.py", "count"): (),  # reads this project's own documents
    # Its expressions stand in a tuple of the module.
    ("storage/importers/programs/wechat_words.py", "pattern"): (),
    ("storage/platform_markup.py", ATTRIBUTE): (r"\bnickname\s?=\s?(?:\"([^\"]*)\"|'([^']*)')",),
    ("training/evaluation/generation.py", "GENERAL_QUESTIONS[number][1]"): (r"\b4\b|four",),
    ("twin/api/app.py", 'f"^{path}/(?P<path>.*)$"'): (r"^/v1/(?P<path>.*)$",),
    ("twin/memory/agreement.py", "together"): (),
    ("twin/memory/dates/rules.py", "words"): (),  # tuples of `dates/*.py` hold them
    ("twin/memory/extraction/clauses.py", "pattern"): (),
    ("twin/memory/extraction/rules.py", "_written_out(written, parts)"): (),
    ("twin/memory/extraction/rules.py", "vague"): (),
    ("twin/memory/questions.py", "whole"): (),
    ("twin/privacy/detectors/secrets.py", "kind"): (r"\d", r"[a-z]", r"[A-Z]"),
    ("twin/prompting/index_format.py", CONTROLS): (r"(<unk>|reserved_0|<\|im_end\|>)",),
    ("twin/replying/guard_rules.py", "together"): (),
    ("twin/replying/guard_rules.py", "skeleton"): (),
    ("twin/replying/guard_rules.py", "without_blanks"): (),
}

# How expressions are used that stand in tuples; any way, where nothing is said.
IN_TUPLES = {
    "storage/importers/formats/line.py": "fullmatch",
    "storage/importers/formats/whatsapp.py": "match",
    "storage/importers/programs/line_words.py": "fullmatch",
    "storage/importers/programs/wechat_words.py": "fullmatch",
    "storage/importers/programs/whatsapp_said.py": "search",
    "training/dataset/quality/copied.py": "match",
    "twin/memory/agreement.py": "search",
    "twin/memory/extraction/rules.py": "fullmatch",
    "twin/memory/questions.py": "search",
    "training/dataset/question_kinds.py": "search",
    "twin/memory/dates/chinese.py": "finditer",
    "twin/memory/dates/english.py": "finditer",
    "twin/memory/dates/english_hours.py": "finditer",
    "twin/privacy/detectors/addresses.py": "finditer",
    "twin/privacy/detectors/secrets.py": "finditer",
    "twin/replying/guard_rules.py": "search",
}

Place = tuple[str, frozenset[str]]


class Source(NamedTuple):
    """A file with regular expressions."""

    path: str
    text: str
    tree: ast.Module
    module: ModuleType


def sources() -> Iterator[Source]:
    for folder in ("storage", "twin", "training"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text, path = file.read_text("utf-8"), file.relative_to(ROOT)
            tree = ast.parse(text)
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            if names & {"re", "regex"}:
                module = importlib.import_module(".".join(path.with_suffix("").parts))
                yield Source(path.as_posix(), text, tree, module)


def rules_in_files() -> dict[str, dict[str, Any]]:
    """What functions return that read expressions from a file."""
    return {
        "training/dataset/question_kinds.py": {each: fact_kinds(each) for each in LANGUAGES},
        "twin/memory/agreement.py": {"tones": tones()},
        "twin/memory/extraction/rules.py": {
            language: fact_rules_of(language) for language in get_args(RuleLanguage)
        },
        "twin/memory/questions.py": {
            language: question_rules(language) for language in ("english", "chinese")
        },
        "twin/replying/guard_rules.py": {table: rules_of(table) for table in ("topic", "reply")},
    }


def expressions() -> dict[Pattern, Place]:
    """Every regular expression, where it stands and how it is used."""
    found: dict[Pattern, Place] = {}
    rules = rules_in_files()
    for source in sources():
        for name, value in [*vars(source.module).items(), *rules.get(source.path, {}).items()]:
            for pattern in _patterns_in(value):
                found.setdefault(pattern, (f"{source.path}: {name}", _uses_of(name, source)))
        for call in ast.walk(source.tree):
            if isinstance(call, ast.Call) and (use := _use_in(call)):
                for pattern in _patterns_of(call, use, source):
                    found.setdefault(pattern, (f"{source.path}:{call.lineno}", frozenset({use})))
    return found


def _patterns_in(value: Any) -> Iterator[Pattern]:
    """Those in a global: itself, or what it holds."""
    if isinstance(value, re.Pattern | regex.Pattern) and isinstance(value.pattern, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _patterns_in([getattr(value, field.name) for field in fields(value)])
    elif isinstance(value, dict):
        yield from _patterns_in([*value.values()])
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from _patterns_in(each)


def _uses_of(name: str, source: Source) -> frozenset[str]:
    """The methods that are called on it in its own module."""
    called = {
        node.attr
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
    }
    usual = IN_TUPLES.get(source.path)
    return frozenset(called & {*USES} or ({usual} if usual else {"match", "fullmatch", READS_ON}))


def _use_in(call: ast.Call) -> str | None:
    match call.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=use) if use in (*USES, "compile"):
            return READS_ON if use == "compile" else use
    return None


def _patterns_of(call: ast.Call, use: str, source: Source) -> Iterator[Pattern]:
    """Those in a call of a function of `re`. Fails where they are not known before it is made."""
    written = ast.get_source_segment(source.text, call.args[0]) or ""
    expression = ast.Expression(_WithoutNames().visit(ast.parse(f"({written})", mode="eval").body))
    try:
        made: tuple[str, ...] = (eval(compile(expression, "", "eval"), dict(vars(source.module))),)
    except NameError:
        where = f"{source.path}: {written}"
        assert (source.path, written) in MADE, f"{where}: give an example of it in MADE"
        made = MADE[source.path, written]
    flags = _flags_of(call, source.module)
    yield from (re.compile(each, flags) for each in made if isinstance(each, str))


class _WithoutNames(ast.NodeTransformer):
    """Puts a word for each text that is to be found as it is, `re.escape(text)`."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        is_escaped = ast.unparse(node.func) == "re.escape"
        return ast.copy_location(ast.Constant("name"), node) if is_escaped else node


def _flags_of(call: ast.Call, module: ModuleType) -> int:
    assert isinstance(call.func, ast.Attribute)
    at = FLAGS_AT.get(call.func.attr, 2)
    named = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
    given = [*call.args[at : at + 1], *named]
    return int(eval(ast.unparse(given[0]), vars(module))) if given else 0


class TooSlowError(Exception):
    pass


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def seconds(pattern: Pattern, use: str, text: str) -> float:
    """Processor time for one text, LIMIT_S at most."""
    began = time.process_time()
    # The package `regex` has its own limit, on the clock, and takes no signals.
    limit: dict[str, Any] = {"timeout": LIMIT_S} if isinstance(pattern, regex.Pattern) else {}
    signal.setitimer(signal.ITIMER_VIRTUAL, 0 if limit else LIMIT_S)
    try:
        if use in ("match", "fullmatch"):
            getattr(pattern, use)(text, **limit)
        else:
            for _ in pattern.finditer(text, **limit):
                pass
    except (TooSlowError, TimeoutError):
        return LIMIT_S
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def too_slow(pattern: Pattern, uses: frozenset[str]) -> str | None:
    """How begins a text on which it takes more than linear time; None without one."""
    ways = {use if use in ("match", "fullmatch") else READS_ON for use in uses}
    texts = hostile_texts(pattern, SHORT)
    tried = [(seconds(pattern, use, texts[n]), n, use) for n in range(len(texts)) for use in ways]
    for short_s, number, use in sorted(tried, reverse=True)[:LOOKED_AT]:
        if short_s > SUSPICIOUS_S and grows(pattern, use, number, short_s):
            return f"{use} on {texts[number][:30]!r}…"
    return None


def grows(pattern: Pattern, use: str, number: int, short_s: float) -> bool:
    """Whether it takes more than linear time for longer texts of that kind."""
    longer, long = (hostile_texts(pattern, length)[number] for length in (LONGER, LONG))
    is_linear = seconds(pattern, use, longer) < min(GROWTH * short_s, LIMIT_S)
    return not is_linear and seconds(pattern, use, long) >= LIMIT_S


needs_timer = pytest.mark.skipif(sys.platform == "win32", reason="has no timer of processor time")


@pytest.fixture
def timer() -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, _stop)
    yield
    signal.signal(signal.SIGVTALRM, before)


@needs_timer
@pytest.mark.slow
@pytest.mark.usefixtures("timer")
def test_no_expression_takes_more_than_linear_time() -> None:
    found = expressions()
    assert len(found) > 100
    slow = {
        place: text for pattern, (place, uses) in found.items() if (text := too_slow(pattern, uses))
    }
    assert not slow


@needs_timer
@pytest.mark.slow
@pytest.mark.usefixtures("timer")
@pytest.mark.parametrize("written", [r"(a+)+b", r"\d+x", r"<a.*?>", r"x*y?x*z"])
def test_expressions_that_do_are_found(written: str) -> None:
    assert too_slow(re.compile(written), frozenset({READS_ON}))
