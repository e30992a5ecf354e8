"""Places in JSON whose keys are names, not fields."""

import io
from pathlib import Path
from typing import Any

from storage.importers.raw_files.json_stream import Begin, walk


def found(text: str, *places: str) -> list[tuple[str, Any]]:
    return [(where, value) for where, _, value in walk(io.StringIO(text), Path("a"), places)]


def test_a_question_mark_stands_for_any_key_and_says_which() -> None:
    text = '{"a.b": {"name": "A", "rows": {"1": {"?": 2}, "2": []}}, "": {"rows": {}, "x": {}}}'
    assert found(text, "?.name", "?.rows.?") == [
        ("", Begin()),
        ("?", Begin("a.b")),
        ("?", Begin()),
        ("?.name", "A"),
        ("?.rows", Begin()),
        ("?.rows.?", Begin("1")),
        ("?.rows.?", {"?": 2}),
        ("?.rows.?", Begin("2")),
        ("?.rows.?", []),
        ("?", Begin("")),
        ("?", Begin()),
        ("?.rows", Begin()),
    ]


def test_a_field_that_is_named_comes_before_any_key() -> None:
    assert found('{"name": "A", "b": [1]}', "name", "?.*") == [
        ("", Begin()),
        ("name", "A"),
        ("?", Begin("b")),
        ("?.*", 1),
    ]
