"""Part of the memory page: whether it is on, how far the messages are indexed, by which model."""

import asyncio
from pathlib import Path

from nicegui import ui

from storage.database import reading
from storage.passages import Progress, progress
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.layout import card, link
from twin.language import Language
from twin.sentence_model import embeddings_of

REFRESH_S = 5.0


class MemoryState:
    """It follows the indexing."""

    def __init__(self, view: PageView) -> None:
        self._view, say = view, view.say
        memory = view.context.config.memory
        with card():
            on = say("Memory is on: before it answers, the twin looks up what was said earlier.")
            off = say("Memory is off: the twin is shown nothing of what stands here.")
            look = "own-good" if memory.enabled else "own-warn"
            ui.label(on if memory.enabled else off).classes(f"own-text own-state {look}")
            if memory.enabled:
                self._model()
                self._progress = ui.label().classes("own-faint")
                view.every(REFRESH_S, self.refresh)
            link(say("Settings"), "/settings")

    def _model(self) -> None:
        say, name = self._view.say, embeddings_of(self._view.context.config)
        if name:
            found = say("Found by words and by meaning, with the sentence model {name}.", name=name)
        else:
            found = say("Found by words alone: no sentence model is used.")
        ui.label(found).classes("own-faint own-text")

    async def refresh(self) -> None:
        """How far it is now."""
        context = self._view.context
        if context.config.memory.enabled and embeddings_of(context.config):
            made = await asyncio.to_thread(_progress, context.config.database)
            self._progress.text = progress_in(self._view.language, made)


def progress_in(language: Language, made: Progress) -> str:
    """How far the messages are indexed."""
    count = language.number(made.passages)
    done = language.say("{n} parts of chats can be found by their meaning.", n=count)
    if not made.stale_chats:
        return done
    left = language.say_n(
        "One chat is still to be gone through; until then its words are found.",
        "{n} chats are still to be gone through; until then their words are found.",
        made.stale_chats,
    )
    return f"{done} {left}"


def _progress(database: Path) -> Progress:
    with reading(database) as db:
        return progress(db)
