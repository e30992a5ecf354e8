"""Training page: the current run, the nightly schedule, adapters and past runs."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from nicegui import ui

from storage.errors import TwinError
from storage.listings import page_of_runs
from storage.run_progress import Phase, RunProgress, progress_of
from storage.runs import Run, latest_run, minutes, result_of
from twin.config.edit import change
from twin.config.file_lock import in_turn
from twin.config.load import load_config
from twin.config.schema import ScheduleSettings
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.adapters import AdapterList
from twin.dashboard.pages.runs import show_losses, show_run
from twin.dashboard.static import STATIC
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card, link
from twin.dashboard.wording import error_in, reason_in
from twin.interfaces import Training
from twin.language import N_

PHASES: Mapping[Phase, str] = {
    "waiting": N_("Waiting for the training of another twin on this machine"),
    "preparing": N_("Reading messages and loading the model"),
    "training": N_("Training the adapter"),
    "judging": N_("Evaluating the result"),
}
_ENDS = N_("The run has ended; its process is finishing")
STATES: Mapping[str, str] = {
    "running": N_("in progress"),
    "done": N_("done"),
    "failed": N_("failed"),
    "skipped": N_("skipped"),
}

MINUTE_MS = 60_000
PATH = "/training"
PAGE = 20
REFRESH_S = 3.0
TONES = {"running": "own-warn", "done": "own-good", "failed": "own-bad", "skipped": ""}
STYLE = (STATIC / "training.css").read_text(encoding="utf-8")


def schedule_card(view: PageView) -> None:
    with card(view.say("Nightly training")):
        try:
            # The file, not what the bot was started with: it may have been changed since.
            schedule = load_config(view.context.config.path).schedule
        except TwinError as error:
            ui.label(error_in(view.language, error)).classes("own-alert")
            return
        _ScheduleForm(view, schedule)


class _ScheduleForm:
    def __init__(self, view: PageView, schedule: ScheduleSettings) -> None:
        self._view = view
        self._values: dict[str, Any] = {
            "enabled": schedule.enabled,
            "retrain_at": schedule.retrain_at,
            "window_hours": f"{schedule.window_hours:g}",
        }
        say = view.say
        with ui.element("div").classes("trn-form"):
            self._field("enabled", say("Train every night"), "checkbox")
            self._field("retrain_at", say("Start at"), "time")
            self._field("window_hours", say("Maximum delay (hours)"), "number")
            Button(say("Save"), self._keep)
        ui.label(
            say("More options are in the settings, under “Nightly training” and “Training”.")
        ).classes("own-faint")
        self._status = StatusLine(view.language)

    def _field(self, name: str, text: str, kind: str) -> None:
        def take(event: Any) -> None:
            self._values[name] = event.args

        switch = kind == "checkbox"
        with ui.element("label").classes("trn-check" if switch else ""):
            if not switch:
                ui.label(text)
            field = ui.element("input").props(f"type={kind} name={name}")
            if switch:
                field.props["checked"] = self._values[name]
                ui.label(text)
            else:
                field.props["value"] = self._values[name]
            if kind == "number":
                field.props("min=0.5 max=24 step=0.5")
            what = "checked" if switch else "value"
            field.on("input", take, js_handler=f"(event) => emit(event.target.{what})")

    async def _keep(self) -> None:
        with self._status.refusals():
            self._status.tell(await self._kept())

    async def _kept(self) -> str:
        context, say, values = self._view.context, self._view.say, self._values
        try:
            hours = float(values["window_hours"])
        except ValueError:
            return say(
                "{given}: not a number of hours; write for example 6", given=values["window_hours"]
            )
        changes = {
            "schedule.enabled": bool(values["enabled"]),
            "schedule.retrain_at": values["retrain_at"],
            "schedule.window_hours": hours,
        }
        path = context.config.path
        config = await in_turn(partial(change, path, changes))
        if context.training is None:
            return say("Saved in {file}. Takes effect after a restart.", file=path.name)
        context.training.follow(config.schedule)
        return say("Saved in {file}. Takes effect immediately.", file=path.name)


class NowCard:
    """Redrawn only where something changed, so that the focus stays."""

    def __init__(self, view: PageView) -> None:
        self._view = view
        self._step = -1
        self._was_shown = False  # the run that is going, or of which the process has not ended yet
        with card(view.say("Current run")):
            with ui.element("div").classes("own-spread trn-run"):
                with ui.element("div"):
                    self._state = ui.label().classes("own-state")
                    self._meaning = ui.label().classes("own-faint own-text")
                self._train = Button(view.say("Train now"), self._order).classes("own-strong")
            self._bar = ui.element("progress").classes("own-progress").props("max=100")
            self._bar.props["aria-label"] = view.say("Training progress")
            self._detail = ui.label().classes("own-faint own-text")
            self._plot = ui.element("div").classes("trn-list")
            self._status = StatusLine(view.language)

    def refresh(self) -> None:
        training = self._view.context.training
        going = training is not None and training.is_running()
        run = latest_run(self._view.context.db, "running") if going else None
        progress = progress_of(self._view.context.db, run) if run else None
        self._state.classes(remove="own-warn", add="own-warn" if going else "")
        self._train.props["disabled"] = going or training is None
        self._bar.set_visibility(progress is not None and progress.steps > 0)
        self._plot.set_visibility(run is not None)
        if run is not None and progress is not None:
            self._show_run(run, progress)
        elif going:
            self._show_no_run(_ENDS if self._was_shown else PHASES["preparing"])
        else:
            self._show_no_run(N_("No training in progress"), self._next_run(training))
        self._was_shown = going and (self._was_shown or run is not None)

    def _show_no_run(self, state: str, meaning: str = "") -> None:
        """Also for a moment before a run has a row, and after it is over."""
        self._state.text, self._meaning.text = self._view.say(state), meaning
        self._detail.text = ""
        self._step = -1

    def _next_run(self, training: Training | None) -> str:
        say, next_at = self._view.say, training.next_at() if training else None
        if not next_at:
            return say("No run is planned.")
        return say("Next run: {time}", time=self._view.when(next_at))

    def _show_run(self, run: Run, progress: RunProgress) -> None:
        say = self._view.say
        self._state.text = say("Run {run} in progress", run=run.id)
        reason = reason_in(self._view.language, run.reason)
        self._meaning.text = say(
            "Started {time}: {reason}", time=self._view.when(run.started_at), reason=reason
        )
        parts = [say(PHASES[progress.phase])]
        self._bar.props["value"] = progress.percent
        parts += _how_far(self._view, progress)
        if run.heartbeat_at is not None:
            parts.append(say("last update {time}", time=self._view.when(run.heartbeat_at)))
        self._detail.text = " · ".join(parts)
        if progress.step != self._step:
            self._step = progress.step
            self._plot.clear()
            with self._plot:
                show_losses(self._view, run.id)

    def _order(self) -> None:
        with self._status.refusals():
            self._view.context.actions.start_training()
            self._status.tell(
                self._view.say("Training started. You will get a message when it is done.")
            )
        self.refresh()


def _how_far(view: PageView, progress: RunProgress) -> Iterator[str]:
    if progress.phase == "training":
        yield view.say("Step {step} of {steps}", step=progress.step, steps=progress.steps)
    elif progress.phase == "judging":
        yield view.language.percent(progress.percent / 100)
    if progress.left_ms:
        left = N_("about {time} of training left, then the evaluation")
        time = _minutes(view, progress.left_ms)
        yield view.say(left if progress.phase == "training" else N_("about {time} left"), time=time)


def _minutes(view: PageView, milliseconds: int) -> str:
    if milliseconds < MINUTE_MS:
        return view.say("less than a minute")
    return view.say("{n} min", n=round(milliseconds / MINUTE_MS))


def add(pages: Pages) -> None:
    def build(view: PageView, before: int | None = None) -> None:
        _TrainingPage(view, before)

    def build_run(view: PageView, number: int) -> None:
        ui.add_head_html(f"<style>{STYLE}</style>")
        show_run(view, number)

    pages.add(PATH, "training", build)
    pages.add(PATH + "/{number}", "training", build_run)


class _TrainingPage:
    """The page in one browser. Lists are rewritten when a run begins or ends."""

    def __init__(self, view: PageView, before: int | None) -> None:
        self._view, self._before = view, before
        ui.add_head_html(f"<style>{STYLE}</style>")
        self._now = NowCard(view)
        schedule_card(view)
        self._adapters = AdapterList(view)
        with card(view.say("Runs")):
            self._runs = ui.element("ul").classes("own-list")
            self._more = ui.element("div").classes("own-row")
        self._shown: list[Run] | None = None
        self._refresh()
        view.every(REFRESH_S, self._refresh)

    def _refresh(self) -> None:
        self._now.refresh()
        found = page_of_runs(self._view.context.db, before=self._before, limit=PAGE + 1)
        told = [(run.id, run.state, run.attempts) for run in found]
        if self._shown is None or told != [(r.id, r.state, r.attempts) for r in self._shown]:
            self._shown = found
            self._show_runs(found)
        self._adapters.refresh()

    def _show_runs(self, found: list[Run]) -> None:
        say = self._view.say
        self._runs.clear()
        with self._runs:
            if not found:
                with ui.element("li"):
                    ui.label(say("No training runs yet.")).classes("own-faint")
            for run in found[:PAGE]:
                with ui.element("li"):
                    _show_line(self._view, run)
        self._more.clear()
        with self._more:
            if self._before is not None:
                link(say("Newest"), PATH)
            if len(found) > PAGE:
                link(say("Older"), f"{PATH}?before={found[PAGE - 1].id}")


def _show_line(view: PageView, run: Run) -> None:
    say, result = view.say, result_of(run)
    with ui.element("div").classes("trn-line"):
        link(say("Run {run}", run=run.id), f"{PATH}/{run.id}")
        ui.label(view.when(run.started_at)).classes("own-faint")
        ui.label(say(STATES[run.state])).classes(f"own-state {TONES[run.state]}")
    parts = [reason_in(view.language, run.reason)]
    if (took := minutes(run)) is not None:
        parts.append(say("{n} min", n=took))
    if result.get("base_loss") is not None and result.get("loss") is not None:
        base, loss = (view.language.number(result[key], 3) for key in ("base_loss", "loss"))
        parts.append(say("loss {base} → {loss}", base=base, loss=loss))
    verdict = result.get("verdict")
    if verdict is not None:
        parts.append(say(N_("went live") if verdict["promoted"] else N_("did not go live")))
    ui.label(" · ".join(parts)).classes("own-faint own-text")
    if run.error:
        ui.label(reason_in(view.language, run.error)).classes("own-faint own-text")
