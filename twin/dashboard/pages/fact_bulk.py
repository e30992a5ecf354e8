"""Decide on all facts of a list at once, after a question that says how many they are."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from nicegui import ui

from storage.fact_lists import Standing, same_sentence
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_dialogs import choose_chats
from twin.dashboard.pages.fact_parts import FactParts
from twin.dashboard.widgets.controls import StatusLine, confirmed
from twin.dashboard.widgets.layout import Button
from twin.language import N_

AT_ONCE = 50  # then the bot has its turn
Act = Callable[[Sequence[int]], None]


class BulkDecisions:
    """What is decided on are the facts of a list as they are when the button is pressed: what was
    decided one by one meanwhile stays. `which` says what they have in common.
    """

    def __init__(
        self, view: PageView, status: StatusLine, which: str, facts: Callable[[], FactParts]
    ) -> None:
        self._view, self._status, self._which, self._facts = view, status, which, facts
        self._actions = view.context.actions

    def show_for_proposed(self) -> None:
        say = self._view.say
        with ui.element("div").classes("own-row"):
            Button(say("Release all for everyone"), self._release)
            Button(say("Release all for some people …"), self._release_for_some)
            Button(say("Keep all unreleased"), self._keep)
            Button(say("Reject all"), self._reject)

    def show_for_released(self) -> None:
        with ui.element("div").classes("own-row"):
            Button(self._view.say("Withdraw all"), self._withdraw)

    async def _release(self) -> None:
        question = N_("Release all {n} for everyone?")
        await self._ask("proposed", question, N_("Release"), self._actions.release_facts)

    async def _release_for_some(self) -> None:
        counted = (await self._facts().found())["proposed"]
        question = self._view.say("Who may know all {n}?", n=len(counted))
        if chosen := await choose_chats(self._view, question, self._which, ()):
            await self._do("proposed", counted, partial(self._actions.release_facts, chats=chosen))

    async def _keep(self) -> None:
        question = N_("Keep all {n} unreleased?")
        await self._ask("proposed", question, N_("Keep"), self._actions.keep_facts)

    async def _reject(self) -> None:
        await self._ask("proposed", N_("Reject all {n}?"), N_("Reject"), self._actions.reject_facts)

    async def _withdraw(self) -> None:
        question = N_("Withdraw the release of all {n}?")
        await self._ask("released", question, N_("Withdraw"), self._actions.withdraw_facts)

    async def _ask(self, standing: Standing, question: str, yes: str, act: Act) -> None:
        counted, say = (await self._facts().found())[standing], self._view.say
        asked = say(question, n=len(counted))
        if counted and await confirmed(self._view, asked, say(yes), self._which, "own-strong"):
            await self._do(standing, counted, act)

    async def _do(self, standing: Standing, counted: Sequence[int], act: Act) -> None:
        """With those that were counted and are still there, whatever happened meanwhile."""
        found = {*(await self._facts().found())[standing]}
        numbers = [number for number in counted if number in found]
        with self._status.refusals():
            for start in range(0, len(numbers), AT_ONCE):
                some = numbers[start : start + AT_ONCE]
                act(same_sentence(self._view.context.db, some))
                await asyncio.sleep(0)
            self._status.tell(self._view.say("Done: {n}", n=len(numbers)))
        await self._facts().load()
