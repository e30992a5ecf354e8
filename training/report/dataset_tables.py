"""How the dataset's figures are shown in the terminal."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType

from training.report import dataset_view as view
from training.report.view import messages
from twin.terminal import table

WIDEST = 40  # characters of a bar


def dataset_tables(figures: view.Figures, page: Path, *, every: bool) -> Iterator[RenderableType]:
    fates = [f"#{name}" for name in view.FATE_COLUMNS]
    yield f"{view.headline(figures)}, rules {figures['rules']}"
    yield table("Messages", ["what became of them", "#messages", "#share"], messages(figures))
    if reasons := view.untaught(figures):
        yield table("Answers not learnt", ["reason", "#answers"], reasons)
    yield table("By chat", ["chat", *fates], view.by_chat(figures, every=every))
    if rest := view.others(figures, every=every):
        yield rest
    yield table("By month", ["month", *fates], view.by_month(figures))
    columns = [f"#{name}" for name in view.LENGTH_COLUMNS]
    yield table("Tokens of a sample", ["", *columns], view.lengths(figures))
    for side in view.SIDES:
        if summary := figures["tokens"][side]:
            names, counts = zip(*view.bins(summary), strict=True)
            rows = zip(names, counts, view.bars(counts, WIDEST), strict=True)
            yield table(f"Tokens of the {side}", ["#tokens", "#samples", ""], rows)
    yield view.about_lengths(figures)
    yield f"With plots: {page}"
