"""The report as Markdown, and that Markdown as a page."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token

from training.evaluation.scores import Evaluation, GateVerdict
from training.report import run_context
from training.report.drawing import Plot
from training.report.escaping import LONGEST, escaped
from training.report.run_context import RunFacts

HERE = Path(__file__).parent
NO_JUDGEMENT: dict[str, Any] = {"judgement": None, "examples": []}


class TrustedText(str):
    """Words of our own: they are Markdown already."""

    __slots__ = ()


def render_markdown(
    run: RunFacts,
    judgement: Evaluation | None,
    verdict: GateVerdict | None,
    losses: Plot | None = None,
    shapes: Sequence[Plot] = (),
) -> str:
    """The whole report."""
    text = markdown_templates().get_template("report.md.j2")
    return text.render(
        run=run,
        headline=run_context.headline(verdict),
        reasons=verdict.reasons if verdict else [],
        about=run_context.about(run),
        samples=run_context.samples(run),
        messages=run_context.messages(run.dataset),
        costs=run_context.costs(run),
        losses=losses,
        shapes=shapes,
        **(run_context.judged(judgement) if judgement else NO_JUDGEMENT),
    )


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
