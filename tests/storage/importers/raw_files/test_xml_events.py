"""XML piece by piece."""

from io import StringIO
from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.raw_files.html_events import Tag
from storage.importers.raw_files.xml_events import joined_halves, xml_events

PIECE = 1 << 16
BEGIN = '<a t="'


def attribute(text: str) -> str:
    ((_, tag), _) = xml_events(StringIO(text), Path("a.xml"))
    assert isinstance(tag, Tag)
    return tag.attributes["t"]


@pytest.mark.parametrize("before", range(1, 44, 3))
def test_references_that_a_piece_ends_in(before: int) -> None:
    filling = "好 " * ((PIECE - len(BEGIN) - before) // 2)
    written = "&#55357;&#56832;&#xD83D;&#xDE00;&#10;&amp;&#128512;"
    assert attribute(f'{BEGIN}{filling}{written}"/>') == f"{filling}😀😀\n&😀"


@pytest.mark.parametrize("length", [100, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7])
def test_files_are_left_out_and_what_follows_is_not(length: int) -> None:
    text = f'<a data="{"Ab+/" * (length // 4)}{"=" * (length % 4)}" t="after it"/>'
    assert attribute(text) == "after it"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#38;&#60;&#34;&#39;", "&<\"'"),
        ("&#55357;", "?"),
        ("&#56832;&#55357;", "??"),
        ("&#0;&#1;&#65535;\x0b&#1114112;&#9999999;", ""),
        ("&b; &#; &#x; &#-1; &amp;b; & ", "&b; &#; &#x; &#-1; &b; & "),
    ],
)
def test_what_xml_does_not_allow(written: str, read: str) -> None:
    assert attribute(f'{BEGIN}{written}"/>') == read


@pytest.mark.parametrize(
    "broken",
    ["", "a", "<a>", "<a></b>", "<a/>b", '<!DOCTYPE a [<!ENTITY b "c">]><a t="&b;"/>'],
)
def test_broken_xml_is_an_error_of_one_line(broken: str) -> None:
    with pytest.raises(InputError, match=r"a\.xml: line 1: "):
        list(xml_events(StringIO(broken), Path("a.xml")))


def test_halves_that_were_escaped_once_more() -> None:
    assert joined_halves("&#55357;&#56832; &#38; &#5;") == "😀 &#38; &#5;"
