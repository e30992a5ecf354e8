"""What the owner can decide on one fact."""

from collections.abc import Awaitable, Callable, Sequence

from storage.fact_lists import ListedFact, same_sentence
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_dialogs import ask_for_words, choose_chats
from twin.dashboard.widgets.controls import StatusLine, confirmed


class FactDecisions:
    """It counts for all facts that the sentence states. `decided` is called after each act with the
    number of the one that is listed.
    """

    def __init__(
        self, view: PageView, status: StatusLine, decided: Callable[[int], Awaitable[None]]
    ) -> None:
        self._view, self._status, self._decided = view, status, decided
        self._actions = view.context.actions

    async def release(self, item: ListedFact) -> None:
        await self._do(
            item, self._actions.release_facts, self._view.say("The twin may tell it to everyone.")
        )

    async def release_for_some(self, item: ListedFact) -> None:
        say = self._view.say
        chosen = await choose_chats(
            self._view, say("Who may know it?"), item.fact.text, item.fact.chats
        )
        if chosen is None:
            return
        if not chosen and item.standing == "proposed":
            self._status.warn(say("Nobody was chosen; it is not released."))
            return

        def release(numbers: Sequence[int]) -> None:
            if item.standing == "released":
                self._actions.withdraw_facts(numbers)
            self._actions.release_facts(numbers, chosen)

        await self._do(item, release, say("The twin may tell it to those you chose."))

    async def withdraw(self, item: ListedFact) -> None:
        await self._do(
            item, self._actions.withdraw_facts, self._view.say("The twin tells it to nobody now.")
        )

    async def keep(self, item: ListedFact) -> None:
        await self._do(item, self._actions.keep_facts, self._view.say("Kept."))

    async def reject(self, item: ListedFact) -> None:
        await self._do(
            item,
            self._actions.reject_facts,
            self._view.say("Rejected. It is not proposed again when it is said again."),
        )

    async def edit(self, item: ListedFact) -> None:
        def save(words: str, since: int, until: int | None) -> None:
            for number in same_sentence(self._view.context.db, [item.fact.id]):
                self._actions.edit_fact(number, words, since, until)

        if await ask_for_words(self._view, item.fact, save):
            self._status.tell(self._view.say("Saved."))
            await self._decided(item.fact.id)

    async def delete(self, item: ListedFact) -> None:
        say = self._view.say
        meaning = say("The message that says it stays in its chat.")
        if await confirmed(self._view, say("Delete this fact?"), say("Delete"), meaning):
            await self._do(item, self._actions.delete_facts, say("Deleted."))

    async def _do(
        self, item: ListedFact, act: Callable[[Sequence[int]], object], told: str
    ) -> None:
        with self._status.refusals():
            act(same_sentence(self._view.context.db, [item.fact.id]))
            self._status.tell(told)
        await self._decided(item.fact.id)
