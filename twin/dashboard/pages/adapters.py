"""List of adapters: their verdicts, and which one is live."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace

from nicegui import ui

from storage.adapters import Adapter, kept_adapters
from storage.blind_test import Tally, tallies
from storage.database import open_database
from twin.actions import Actions
from twin.blind_score import BlindScore, of_adapter, score_of
from twin.dashboard.page_view import PageView
from twin.dashboard.who_answers import who_answers
from twin.dashboard.widgets.controls import StatusLine, confirmed
from twin.dashboard.widgets.layout import Button, card, heading
from twin.dashboard.wording import verdict_in
from twin.language import N_

ADAPTER_STATES: Mapping[str, str] = {
    "candidate": N_("not evaluated"),
    "live": N_("live"),
    "retired": N_("retired"),
    "rejected": N_("rejected"),
    "pruned": N_("deleted"),
}

TONES = {"live": "own-good", "candidate": "own-warn"}


class AdapterList:
    """Adapters with their verdicts, rewritten when one of them changes."""

    def __init__(self, view: PageView) -> None:
        self._view, self._names = view, view.adapter_names
        self._shown: tuple[list[Adapter], list[Tally], str] | None = None
        self._judged: list[Tally] = []
        self._instead = ""  # what answers instead of the live one
        with card(view.say("Adapters")):
            self._list = ui.element("ul").classes("own-list")
            self._back = ui.element("div").classes("own-row")
            self._status = StatusLine(view.language)

    def refresh(self) -> None:
        found, self._judged = kept_adapters(self._view.context.db), tallies(self._view.context.db)
        self._instead = who_answers(self._view)
        if (found, self._judged, self._instead) != self._shown:
            self._shown = found, self._judged, self._instead
            self._names = self._view.adapter_names
            self._show(found)

    def _show(self, found: list[Adapter]) -> None:
        say = self._view.say
        self._list.clear()
        with self._list:
            if not found:
                with ui.element("li"):
                    ui.label(say("No adapter yet. The base model answers.")).classes("own-faint")
            for adapter in found:
                with ui.element("li").classes("trn-list"):
                    self._show_one(adapter)
        self._back.clear()
        live = next((adapter for adapter in found if adapter.status == "live"), None)
        if live is not None and any(adapter.status == "retired" for adapter in found):
            question = say(
                "Go back to the previous adapter? The live one will be marked as rejected: {name}.",
                name=self._names.of(live.name),
            )
            with self._back:
                Button(
                    say("Roll back"),
                    lambda: self._ask(question, N_("Roll back"), self._roll_back),
                )

    def _show_one(self, adapter: Adapter) -> None:
        say, name = self._view.say, self._names.of(adapter.name)
        with ui.element("div").classes("own-spread trn-run"):
            heading(name, 3).classes("own-begins")
            state = say(ADAPTER_STATES[adapter.status])
            ui.label(state).classes(f"own-state {TONES.get(adapter.status, '')}")
        if adapter.status == "live" and self._instead:
            ui.label(self._instead).classes("own-state own-text own-warn")
        facts = [adapter.name, adapter.base_model, adapter.rules]
        if adapter.forgotten_at is not None:
            facts.append(say("learnt from a forgotten chat"))
        if drawn := json.loads(adapter.metrics or "{}").get("sampling"):
            heat, share = f"{drawn['temperature']:g}", f"{drawn['top_p']:g}"
            facts.append(say("temperature {heat}, top_p {share}", heat=heat, share=share))
        ui.label(" · ".join(facts)).classes("own-faint own-text")
        if judged := of_adapter(self._judged, adapter.name):
            ui.label(self._blind(score_of(judged))).classes("own-faint own-text")
        for reason in verdict_in(self._view.language, json.loads(adapter.verdict or "{}")):
            ui.label(reason).classes("own-faint own-text")
        if adapter.status != "live" and adapter.forgotten_at is None:
            question = say(
                "Answer friends with {name} from now on, whatever its evaluation says?",
                name=name,
            )
            with ui.element("div"):
                choose = Button(
                    say("Use it"),
                    lambda: self._ask(
                        question, N_("Use it"), lambda actions: self._promote(actions, adapter)
                    ),
                )
                choose.props["aria-label"] = say("Use it: {name}", name=name)

    def _blind(self, score: BlindScore) -> str:
        percent = self._view.language.percent
        return self._view.say(
            "Blind test: taken for you in {share} of {n} answers ({low} to {high})",
            share=percent(score.share),
            n=self._view.language.number(score.n),
            low=percent(score.low),
            high=percent(score.high),
        )

    async def _ask(self, question: str, yes: str, act: Callable[[Actions], str]) -> None:
        if not await confirmed(self._view, question, self._view.say(yes), look="own-strong"):
            return
        with self._status.refusals():
            self._status.tell(await asyncio.to_thread(self._apart, act))
        self.refresh()

    def _apart(self, act: Callable[[Actions], str]) -> str:
        """Beside the event loop, since files are read and deleted."""
        db = open_database(self._view.context.config.database, create=False)
        with closing(db.conn):
            return act(replace(self._view.context.actions, db=db))

    def _promote(self, actions: Actions, adapter: Adapter) -> str:
        actions.promote(adapter.name)
        return self._view.say("Now live: {name}.", name=self._names.of(adapter.name))

    def _roll_back(self, actions: Actions) -> str:
        name = self._names.of(actions.roll_back())
        return self._view.say("Live again: {name}.", name=name)
