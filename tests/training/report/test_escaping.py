import html
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.training.report.hostile import ANY_TEXT
from training.report.rendering import NO_WORDS, escaped, one_line

READER = MarkdownIt("commonmark").enable("table")


@given(ANY_TEXT)
@example(string.punctuation)
@example("a  \\\n| b &amp; <b>")
def test_the_reader_sees_the_words_and_nothing_else(text: str) -> None:
    shown = READER.renderInline(escaped(text))
    assert html.unescape(shown) == (one_line(text) or NO_WORDS)
    assert "<" not in shown


@given(ANY_TEXT)
def test_words_are_one_cell_of_a_table(text: str) -> None:
    page = READER.render(f"| a | b |\n|---|---|\n| {escaped(text)} | end |\n")
    assert page.count("<td>") == 2
    assert "<td>end</td>" in page


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\ntwo\r\n\n three ", "one ⏎ two ⏎ three"),
        ("a\u2028b\x85c\x0bd", "a ⏎ b ⏎ c ⏎ d"),
        ("tab\tand  blanks", "tab and blanks"),
        ("\u202eevil\u202c \u2066x\u2069\u200f", "evil x"),
        ("bell\x07 \x1b[31mred", "bell [31mred"),
        ("half \ud83d character", "half character"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f"),
        ("明天见！", "明天见！"),
        (" \n \u202e\n", ""),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text())
def test_a_line_stays_as_it_is(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


def test_long_words_are_cut_before_they_are_escaped() -> None:
    assert escaped("." * 500, 400) == "\\." * 400 + "…"
    assert escaped("." * 400, 400) == "\\." * 400
