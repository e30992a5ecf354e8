"""The dataset's figures as a page."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.errors import TwinError
from training.report import dataset_view as view
from training.report.dataset_plots import draw_lengths, draw_months
from training.report.rendering import markdown_templates, render_page
from training.report.view import messages

TITLE = "The training samples"


def write_dataset_page(page: Path, figures: Mapping[str, Any], *, every: bool) -> None:
    """One file with everything in it; it replaces an older one. Raises TwinError."""
    scratch = page.with_name(f".{page.stem}.tmp")
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        page.parent.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(mode=0o700)
        written = scratch / page.name
        written.touch(mode=0o600)  # it names chats
        markdown = render_dataset(figures, scratch, every=every)
        written.write_text(render_page(markdown, TITLE, scratch), encoding="utf-8")
        written.replace(page)
    except OSError as error:
        cause = error.strerror or error
        raise TwinError(
            f"{page}: can't be written ({cause}); free some disk space or mend the folder's "
            "permissions"
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def render_dataset(figures: Mapping[str, Any], folder: Path, *, every: bool) -> str:
    """The page in Markdown; its plots are drawn into the folder."""
    return (
        markdown_templates()
        .get_template("dataset.md.j2")
        .render(
            title=TITLE,
            headline=view.headline(figures),
            figures=figures,
            messages=messages(figures),
            untaught=view.untaught(figures),
            columns=view.FATE_COLUMNS,
            months=view.by_month(figures),
            months_plot=draw_months(folder, figures["by_month"]),
            chats=view.by_chat(figures, every=every),
            others=view.others(figures, every=every),
            length_columns=view.LENGTH_COLUMNS,
            lengths=view.lengths(figures),
            about_lengths=view.about_lengths(figures),
            length_plots=draw_lengths(folder, figures["tokens"]),
        )
    )
