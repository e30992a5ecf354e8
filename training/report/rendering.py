"""Render a report as Markdown, and that Markdown as a page.

Other people's words become text that can never become markup.
"""

import base64
import re
import string
import unicodedata
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token

HERE = Path(__file__).parent
LONGEST = 400
NO_WORDS = "(no words)"
LINE_BREAK = " ⏎ "

_LINES = re.compile("[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]+")
# Written apart by some scripts, and what holds a family emoji together.
_JOINERS = "\u200c\u200d"
_UNSEEN = ("Cc", "Cf", "Cs")  # control, format (bidi overrides among them), half characters
_ESCAPES = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})


class TrustedText(str):
    """Words of our own: they are Markdown already."""

    __slots__ = ()


def markdown_templates() -> Environment:
    """Whatever a template shows is escaped, unless the template calls it our own."""
    templates = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=False,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["own"] = TrustedText
    return templates


def _shown(value: Any) -> str:
    return value if isinstance(value, TrustedText) else escaped(str(value), LONGEST)


def escaped(text: str, longest: int | None = None) -> str:
    """The text in one line of Markdown, every ASCII punctuation mark with a backslash."""
    line = one_line(text)
    if longest is not None and len(line) > longest:
        line = line[:longest].rstrip() + "…"
    return (line or NO_WORDS).translate(_ESCAPES)


def one_line(text: str) -> str:
    """Without control characters, and without marks that turn the direction of writing."""
    lines = (" ".join(_visible(line).split()) for line in _LINES.split(text))
    return LINE_BREAK.join(line for line in lines if line)


def _visible(line: str) -> str:
    return "".join(c for c in line if c.isspace() or c in _JOINERS or _is_seen(c))


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN


def render_page(markdown: str, title: str, folder: Path | None = None) -> str:
    """The Markdown as a page. Its images are looked up in the folder and become part of it."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(markdown)
    if folder is not None:
        for token in tokens:
            _embed_images(token, folder)
    body = reader.renderer.render(tokens, reader.options, {})
    frame = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    return frame.get_template("page.html.j2").render(title=title, body=body)


def _embed_images(token: Token, folder: Path) -> None:
    """A page from a file may not load its neighbours in every browser, but always its own data."""
    for image in token.children or []:
        if image.type == "image":
            data = base64.b64encode((folder / str(image.attrs["src"])).read_bytes()).decode()
            image.attrs["src"] = f"data:image/svg+xml;base64,{data}"
