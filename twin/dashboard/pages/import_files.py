"""Show the files that an import brings along, and let the owner leave them out."""

from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from twin.dashboard.page_view import PageView
from twin.dashboard.pages.import_table import lines
from twin.imports.brought import files_lines
from twin.imports.job import ImportState


def files_along(view: PageView, state: ImportState) -> None:
    """What became of them, or would."""
    report = state.report
    if report is not None:
        said = files_lines(view.language, report.media, dry_run=report.dry_run)
        lines(view, view.say("Pictures, voices and other files"), said)


def choose_files_along(view: PageView, state: ImportState, chosen: Callable[[bool], None]) -> None:
    """A switch, where there is anything to come."""
    media = state.report.media if state.report is not None else None
    if media is None or not media.came:
        return
    with ui.element("label").classes("own-choice"):
        switch = ui.element("input").props("type=checkbox id=import-along")
        switch.props["checked"] = state.along
        ui.label(view.say("Bring these files along")).classes("own-key")

    def changed(event: GenericEventArguments) -> None:
        chosen(event.args is True)

    switch.on("change", changed, js_handler="(event) => emit(event.target.checked)")
