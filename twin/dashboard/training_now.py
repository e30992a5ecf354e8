"""The run that is going: how far it is, and the button that begins one."""

from nicegui import ui

from storage.errors import TwinError
from storage.run_progress import RunProgress, progress_of
from storage.runs import Run, curve, latest_run
from twin.dashboard import training_words as words
from twin.dashboard.curve import Points, draw_curves
from twin.dashboard.error_words import error_in
from twin.dashboard.layout import Button, card
from twin.dashboard.reason_words import reason_in
from twin.dashboard.view import View
from twin.terminal import when

MINUTE_MS = 60_000


class NowCard:
    """Redrawn only where something changed, so that the focus stays."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._step = -1
        with card(view.say(words.NOW)):
            with ui.element("div").classes("own-spread trn-run"):
                with ui.element("div"):
                    self._state = ui.label().classes("own-state")
                    self._meaning = ui.label().classes("own-faint own-text")
                self._train = Button(view.say(words.TRAIN), self._order).classes("own-strong")
            self._bar = ui.element("progress").classes("own-progress").props("max=100")
            self._bar.props["aria-label"] = view.say(words.PROGRESS)
            self._detail = ui.label().classes("own-faint own-text")
            self._plot = ui.element("div").classes("trn-list")
            self._told = ui.label().classes("own-text").props("role=status")

    def refresh(self) -> None:
        training = self._view.house.training
        going = training is not None and training.is_running()
        run = latest_run(self._view.house.db, "running") if going else None
        progress = progress_of(self._view.house.db, run) if run else None
        self._state.classes(remove="own-warn", add="own-warn" if going else "")
        self._train.props["disabled"] = going or training is None
        self._bar.set_visibility(progress is not None and progress.steps > 0)
        self._plot.set_visibility(run is not None)
        if run is not None and progress is not None:
            self._show_run(run, progress)
        else:
            self._show_idle(training.next_at() if training else None, going=going)

    def _show_idle(self, next_at: int | None, *, going: bool) -> None:
        say = self._view.say
        # For a moment a run holds the lock and has no row yet.
        self._state.text = say(words.PHASES["preparing"] if going else words.IDLE)
        self._meaning.text = say(words.NEXT, time=when(next_at)) if next_at else say(words.NO_NEXT)
        self._detail.text = ""
        self._step = -1

    def _show_run(self, run: Run, progress: RunProgress) -> None:
        say = self._view.say
        self._state.text = say(words.GOING, run=run.id)
        reason = reason_in(self._view.language, run.reason)
        self._meaning.text = say(words.SINCE, time=when(run.started_at), reason=reason)
        parts = [say(words.PHASES[progress.phase])]
        if progress.steps:
            parts.append(say(words.STEPS, step=progress.step, steps=progress.steps))
            self._bar.props["value"] = round(100 * progress.step / progress.steps)
        if progress.left_ms and progress.phase == "training":
            parts.append(say(words.LEFT, time=_minutes(self._view, progress.left_ms)))
        if run.heartbeat_at is not None:
            parts.append(say(words.BEAT, time=when(run.heartbeat_at)))
        self._detail.text = " · ".join(parts)
        if progress.step != self._step:
            self._step = progress.step
            self._plot.clear()
            with self._plot:
                show_losses(self._view, run.id)

    def _order(self) -> None:
        try:
            self._view.house.order("train")
            self._told.text = self._view.say(words.ORDERED)
        except TwinError as error:
            self._told.text = error_in(self._view.language, error)
        self.refresh()


def show_losses(view: View, run_id: int) -> None:
    """The curves of a run, in training and on held-out answers."""
    say, db = view.say, view.house.db
    trained, held_out = curve(db, run_id, "loss"), curve(db, run_id, "held_out_loss")
    curves: dict[str, Points] = {say(words.TRAINED): trained, say(words.HELD_OUT): held_out}
    points = trained or held_out
    if not points:
        ui.label(say(words.NO_CURVE)).classes("own-faint")
        return
    (from_step, first), (to_step, last) = points[0], points[-1]
    about = say(
        words.CURVE, first=f"{first:.3f}", from_step=from_step, last=f"{last:.3f}", to_step=to_step
    )
    draw_curves(curves, about, say(words.STEP))


def _minutes(view: View, milliseconds: int) -> str:
    if milliseconds < MINUTE_MS:
        return view.say(words.UNDER_A_MINUTE)
    return view.say(words.MINUTES, n=round(milliseconds / MINUTE_MS))
