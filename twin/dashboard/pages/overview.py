"""Overview: state of the twin, what needs attention, its days and nights, and the pause switch."""

import base64
import io
from collections.abc import Mapping, Sequence

import qrcode
from nicegui import ui
from qrcode.image.svg import SvgPathImage

from storage.errors import TwinError
from storage.preferences import FOREVER
from twin.connectors.base import ConnectorContext, State
from twin.connectors.login_code import fits_code
from twin.dashboard.figures import Figures, figures_of
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.history import HistoryPart
from twin.dashboard.pages.overview_days import DaysCard
from twin.dashboard.pages.overview_nights import NightsCard
from twin.dashboard.pages.setup_step import link_to_setup
from twin.dashboard.shared_look import SharedLook
from twin.dashboard.snapshot import ConnectorState, Snapshot, look, problems_of
from twin.dashboard.static import STATIC
from twin.dashboard.who_answers import who_answers
from twin.dashboard.widgets.layout import Button, card, explanation, heading
from twin.dashboard.wording import error_in, finding_in, platform_in
from twin.diagnostics.findings import Check
from twin.imports.history_job import HistoryJob, past_of
from twin.language import N_

STATES: Mapping[State, str] = {
    "stopped": N_("stopped"),
    "starting": N_("starting"),
    "running": N_("running"),
    "failed": N_("error"),
}

REFRESH_S = 3.0
GB = 1e9
STYLE = (STATIC / "training.css").read_text(encoding="utf-8")
_TONES = {"running": "own-good", "starting": "own-warn", "stopped": "", "failed": "own-bad"}


def add(pages: Pages) -> None:
    context = pages.context
    problems = SharedLook(lambda: problems_of(context.config), context.clock)
    figures = SharedLook(lambda: figures_of(context.config, context.clock), context.clock)
    past = ConnectorContext(context.db, context.config.data, context.config.owner.name)
    history = HistoryJob(context.config, past, context.clock)

    def build(view: PageView) -> None:
        ui.add_head_html(f"<style>{STYLE}</style>")
        _OverviewPage(view, problems, figures, history)

    pages.add("/", "overview", build)


class _OverviewPage:
    """The page in one browser. Only parts that changed are rewritten: the focus stays."""

    def __init__(
        self,
        view: PageView,
        problems: SharedLook[Sequence[Check]],
        figures: SharedLook[Figures],
        history: HistoryJob,
    ) -> None:
        self._view, self._problems, self._history = view, problems, history
        self._look_at_figures = figures.look
        self._rows: dict[str, ui.element] = {}
        self._pasts: list[HistoryPart] = []
        self._shown: Snapshot | None = None
        self._found: Sequence[Check] | None = None
        link_to_setup(view)
        with card(), ui.element("div").classes("own-spread"):
            with ui.element("div").props("role=status"):
                self._state = ui.label().classes("own-state")
                self._meaning = ui.label().classes("own-faint")
            self._switch = Button("", self._turn)
        self._figures = ui.element("div").classes("own-grid")
        self._instead = ui.label().classes("own-state own-text own-warn")
        with card(view.say("Connections")):
            self._links = ui.element("ul").classes("own-list")
        with card(view.say("Needs attention")):
            self._checks = ui.element("ul").classes("own-list")
            with self._checks, ui.element("li"):
                ui.label(view.say("Checking …")).classes("own-faint")
        self._days = DaysCard(view)
        self._nights = NightsCard(view)
        with card(view.say("This machine")):
            self._machine = ui.label(view.say("Counting …")).classes("own-text")
        self._refresh()
        view.every(REFRESH_S, self._refresh_all)

    def _turn(self) -> None:
        context = self._view.context
        try:
            if look(context).paused_until is None:
                context.actions.pause_all()
            else:
                context.actions.resume_all()
        except TwinError as error:
            self._meaning.set_text(error_in(self._view.language, error))
        self._refresh()

    async def _refresh_all(self) -> None:
        self._refresh()
        found = await self._problems.look()
        if found != self._found:
            self._found = found
            self._show_checks(found)
        figures = await self._look_at_figures()
        self._days.show(figures.days)
        self._machine.text = _machine_in(self._view, figures)

    def _refresh(self) -> None:
        for past in self._pasts:
            past.refresh()
        self._nights.refresh()
        now, before = look(self._view.context), self._shown
        if now == before:
            return
        self._shown = now
        self._show_state(now)
        self._show_figures(now)
        shown = before.links if before is not None else ()
        for link in now.links:
            if link not in shown:
                self._show_link(link)

    def _show_state(self, now: Snapshot) -> None:
        say, until = self._view.say, now.paused_until
        self._state.classes(remove="own-good own-warn", add="own-warn" if until else "own-good")
        if until is None:
            self._state.text = say("The twin is active")
        elif until >= FOREVER:
            self._state.text = say("Everything is paused")
        else:
            self._state.text = say("Everything is paused until {time}", time=self._view.when(until))
        self._meaning.text = say(
            N_("Messages are logged, but not answered, and no drafts are written.")
            if until
            else N_("It follows the mode of each chat.")
        )
        self._switch.name.text = say(N_("Resume") if until else N_("Pause everything"))

    def _show_figures(self, now: Snapshot) -> None:
        say = self._view.say
        training = self._view.when(now.next_training_at) if now.next_training_at else say("off")
        if now.is_training:
            training = say("in progress")
        self._figures.clear()
        with self._figures:
            for name, value in (
                (N_("Replies today"), str(now.replies_today)),
                (N_("Drafts waiting"), str(now.drafts)),
                (N_("Next training"), training),
                (N_("Live adapter"), self._name_of(now.adapter)),
            ):
                with ui.element("div").classes("own-card own-begins"):
                    ui.label(say(name)).classes("own-faint")
                    ui.label(value).classes("own-figure")
        instead = who_answers(self._view)
        self._instead.text = instead
        self._instead.set_visibility(bool(instead))

    def _name_of(self, adapter: str | None) -> str:
        names = self._view.adapter_names
        return names.of(adapter) if adapter else self._view.say("the base model")

    def _show_link(self, link: ConnectorState) -> None:
        if link.name not in self._rows:
            with self._links, ui.element("li").classes("own-stack"):
                self._rows[link.name] = ui.element("div")
                account = past_of(link.name)
                if account is not None:
                    self._pasts.append(HistoryPart(self._view, self._history, account))
        self._rows[link.name].clear()
        with self._rows[link.name]:
            _show_link(self._view, link)

    def _show_checks(self, checks: Sequence[Check]) -> None:
        self._checks.clear()
        with self._checks:
            if not checks:
                with ui.element("li"):
                    ui.label(self._view.say("Nothing to do.")).classes("own-faint")
            for check in checks:
                found, remedy = finding_in(self._view.language, check)
                with ui.element("li"):
                    tone = "own-bad" if check.verdict == "fail" else "own-warn"
                    ui.label(found).classes(f"own-state own-text {tone}")
                    explanation(remedy).classes("own-faint own-text")


def _machine_in(view: PageView, figures: Figures) -> str:
    def size(count: int) -> str:
        return f"{view.language.number(count / GB, 1)} GB"

    return view.say(
        "Disk: {folder} in the twin's folder, {free_disk} free. Memory: {memory} for the bot, "
        "{free_memory} free.",
        folder=size(figures.folder),
        free_disk=size(figures.free_disk),
        memory=size(figures.memory),
        free_memory=size(figures.free_memory),
    )


def _show_link(view: PageView, link: ConnectorState) -> None:
    say = view.say
    with ui.element("div").classes("own-spread"):
        heading(platform_in(view.language, link.name), 3)
        state = N_("waiting for scan") if link.qr else STATES[link.state]
        tone = "own-warn" if link.qr else _TONES[link.state]
        ui.label(say(state)).classes(f"own-state {tone}")
    if link.account:
        ui.label(say("Account: {account}", account=link.account)).classes("own-faint own-text")
    if link.last_event_at:
        ui.label(say("Last activity {time}", time=view.when(link.last_event_at))).classes(
            "own-faint"
        )
    if link.error:
        ui.label(say(link.error)).classes("own-alert")
    if link.qr and fits_code(link.qr):
        ui.label(say("Scan this code with your phone."))
        code = ui.element("img").classes("own-code")
        code.props["src"], code.props["alt"] = _picture(link.qr), say("QR code")


def _picture(text: str) -> str:
    """The code as an image that is its own address."""
    drawn = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
