"""Loss curves of a run."""

from nicegui import ui

from storage.runs import curve
from twin.dashboard import training_words as words
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.chart import Points, draw_curves


def show_losses(view: PageView, run_id: int) -> None:
    """The curves of a run, in training and on held-out answers."""
    say, db = view.say, view.context.db
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
