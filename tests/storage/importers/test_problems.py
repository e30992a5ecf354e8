"""What is told of files: in a form that the pages can translate."""

import ast
from collections.abc import Iterator
from pathlib import Path

from storage.importers import problems
from storage.importers.problems import BadFile, FileProblem
from storage.texts import Text
from twin.language import Language

ZH = Language("zh_CN")
RAISED = {"InputError", "TwinError", "OwnerUnknown", "BadRow", "BadFile", "RefusedZip"}
SOURCES = sorted(Path(problems.__file__).parent.rglob("*.py"))


def untranslated(tree: ast.AST) -> Iterator[int]:
    """The lines where an error is made of a plain string."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in RAISED:
            yield from (
                given.lineno
                for given in call.args
                if isinstance(given, ast.JoinedStr)
                or (isinstance(given, ast.Constant) and isinstance(given.value, str))
            )


def test_no_error_is_a_plain_string() -> None:
    found = {path.name: [*untranslated(ast.parse(path.read_text("utf-8")))] for path in SOURCES}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_problem_is_said_in_each_language() -> None:
    problem = FileProblem(Path("a.txt"), 3, Text("broken JSON"))
    assert str(problem) == problem.text == "a.txt: line 3: broken JSON"
    assert ZH.say(problem.text) == "a.txt：第 3 行：JSON 已损坏"


def test_what_helps_in_a_terminal_alone_is_no_part_of_the_problem() -> None:
    error = BadFile(
        Path("a"), Text("broken JSON"), in_terminal=Text("name the right one with --format")
    )
    assert str(error) == "a: broken JSON; name the right one with --format"
    assert ZH.say(error.message) == "a：JSON 已损坏；请用 --format 指明是哪一种"
    assert error.problem.text == "a: broken JSON"
