"""Loss curves of a run."""

from nicegui import ui

from storage.runs import curve
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.chart import Points, draw_curves


def show_losses(view: PageView, run_id: int) -> None:
    """The curves of a run, in training and on held-out answers."""
    say, number, db = view.say, view.language.number, view.context.db
    trained, held_out = curve(db, run_id, "loss"), curve(db, run_id, "held_out_loss")
    curves: dict[str, Points] = {say("training"): trained, say("held out"): held_out}
    points = trained or held_out
    if not points:
        ui.label(say("No data yet.")).classes("own-faint")
        return
    (from_step, first), (to_step, last) = points[0], points[-1]
    about = say(
        "Loss per token: {first} at step {from_step}, {last} at step {to_step}",
        first=number(first, 3),
        from_step=from_step,
        last=number(last, 3),
        to_step=to_step,
    )
    draw_curves(curves, about, say("step"))
