"""Set-up, second step: the base model, by what this machine can do and what the owner writes."""

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.errors import TwinError
from twin.config.load import load_config
from twin.dashboard.pages.setup_step import SetupStep
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, option, submit
from twin.dashboard.widgets.progress import ProgressBar, time_left
from twin.dashboard.wording import error_in
from twin.engine.bases.fit import VERDICTS, Verdict
from twin.engine.bases.known import LANGUAGES
from twin.engine.bases.offers import Offer
from twin.engine.bases.sources import HUB_NAMES
from twin.engine.bases.spans import gigabytes
from twin.setup.base_job import BaseState

LONGEST = 300
REFRESH_S = 0.5
OTHER = ""
TONES: dict[Verdict, str] = {"fits": "own-good", "tight": "own-warn", "no": "own-bad"}
_SUBMIT = """(event) => {
  event.preventDefault();
  const { base, other, hub } = event.target.elements;
  emit([base.value, other.value, hub.value]);
}"""


def base_part(step: SetupStep) -> None:
    ui.label(
        step.view.say(
            "The model that learns to write like you. A larger one writes better and takes longer, "
            "and not every one speaks your language."
        )
    ).classes("own-faint")
    _BaseChoice(step)


class _BaseChoice:
    """The known bases with what they need here, one of the owner's own, and how far it is."""

    def __init__(self, step: SetupStep) -> None:
        self._step, self._view, self._job = step, step.view, step.jobs.base
        self._ordered = ""
        self._shown: BaseState | None = None
        self._bar: ProgressBar | None = None
        self._list = ui.element("div")
        with self._list:
            ui.label(self._view.say("Measuring this computer …")).props("role=status")
        self._going = ui.element("div").classes("own-stack")
        self._status = StatusLine(self._view.language)
        self._refresh()
        step.view.every(REFRESH_S, self._refresh)
        ui.timer(0, self._show_offers, once=True)

    async def _show_offers(self) -> None:
        found: list[Offer] = []
        try:
            found = await self._job.offers(self._view.context.config.database)
        except TwinError as error:  # any base can be chosen without knowing whether it fits
            self._status.refuse(error)
        self._list.clear()
        with self._list:
            self._form(found)

    def _form(self, found: list[Offer]) -> None:
        say, model = self._view.say, self._step.config.model
        form = ui.element("form").classes("own-stack")
        form.on("submit", self._use, js_handler=_SUBMIT)
        with form:
            with ui.element("fieldset").classes("own-choices") as bases:
                bases.props["aria-label"] = say("Base model")
                for offer in found:
                    self._offer(offer, chosen=offer.base.name == model.base.lower())
                names = [offer.base.name for offer in found]
                if model.base.lower() not in names:
                    with _choice(model.base, chosen=True):
                        ui.label(model.base).classes("own-text")
                with _choice(OTHER, chosen=False):
                    ui.label(say("Another one")).classes("own-text")
            _label("setup-base", say("Folder, or id at the hub, of another one"))
            self._field = ui.element("input").props("type=text id=setup-base name=other")
            self._field.props["autocomplete"], self._field.props["maxlength"] = "off", LONGEST
            _label("setup-hub", say("Where to fetch it"))
            with ui.element("select").classes("own-select").props("id=setup-hub name=hub"):
                for hub, name in {model.hub: model.hub, **HUB_NAMES}.items():
                    option(hub, name, chosen=hub == model.hub)
            with ui.element("div").classes("own-row"):
                submit(say("Use it and go on")).classes("own-strong")

    def _offer(self, offer: Offer, *, chosen: bool) -> None:
        say, base, fit = self._view.say, offer.base, offer.fit
        languages = say(", ").join(say(LANGUAGES[one]) for one in base.languages)
        parts = [languages]
        if not offer.is_here:
            parts.append(say("{size} to fetch", size=gigabytes(base.download_bytes)))
        if fit.night is not None:
            parts.append(say("a night: {time}", time=say(fit.night_in_words)))
        parts.append(say("a reply: {time}", time=say(fit.reply_in_words)))
        with _choice(base.name, chosen=chosen), ui.element("span"):
            with ui.element("span").classes("own-row"):
                ui.label(base.title).classes("own-key")
                ui.label(say(VERDICTS[fit.verdict])).classes(f"own-state {TONES[fit.verdict]}")
            ui.label(" · ".join(parts)).classes("own-faint own-text")
            if fit.verdict != "fits":
                ui.label(say(fit.reason)).classes("own-faint own-text")
            if offer.advice is not None:
                ui.label(say(offer.advice)).classes("own-alert")

    def _use(self, event: GenericEventArguments) -> None:
        given = event.args if isinstance(event.args, list) else []
        if len(given) != 3:
            return
        base, other, hub = (str(one)[:LONGEST].strip() for one in given)
        self._field.props["value"] = other  # redrawing it would bring back the old one
        base = base or other
        with self._status.refusals():
            if not base:
                self._status.warn(self._view.say("Choose a base model, or skip this step."))
                return
            config = load_config(self._step.file)
            # A mirror is given the words of whoever asks: the file alone names one.
            self._job.use(base, hub if hub in HUB_NAMES and hub != config.model.hub else None)
            self._ordered = base
        self._refresh()

    def _refresh(self) -> None:
        state = self._job.state
        if state is not self._shown:
            self._shown = state
            self._show(state)
        if state.phase == "fetching":
            self._show_share()

    def _show(self, state: BaseState) -> None:
        say = self._view.say
        self._going.clear()
        self._bar = None
        self._status.tell("")
        if state.phase == "fetching":
            with self._going:
                self._bar = ProgressBar(say("Fetching {base}", base=state.base))
                Button(say("Stop"), self._job.cancel)
            self._status.tell(say("Fetching {base}", base=state.base))
        elif state.phase == "checking":
            self._status.tell(say("Checking the model …"))
        elif state.phase == "failed" and state.error is not None:
            self._status.warn(error_in(self._view.language, state.error))
        elif state.phase == "done" and self._ordered == state.base:
            self._step.go_on()

    def _show_share(self) -> None:
        progress = self._job.progress
        if progress is None or self._bar is None or not progress.total:
            return
        parts = [f"{gigabytes(progress.done)} / {gigabytes(progress.total)}"]
        if progress.bytes_per_second > 0:
            left = (progress.total - progress.done) / progress.bytes_per_second
            parts.append(time_left(self._view.language, left))
        self._bar.show(100 * progress.done / progress.total, parts)


def _choice(value: str, *, chosen: bool) -> ui.element:
    """A radio button; what stands beside it is added with `with`."""
    label = ui.element("label").classes("own-choice set-base")
    with label:
        radio = ui.element("input").props("type=radio name=base")
        radio.props["value"], radio.props["checked"] = value, chosen
    return label


def _label(of: str, text: str) -> None:
    with ui.element("label").props(f"for={of}"):
        ui.label(text).classes("own-key")
