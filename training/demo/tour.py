"""Show the demo beside the running bot: the base answers at once, the twin once it is trained."""

import asyncio
import os
import sys
import webbrowser
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.invites import open_invites
from storage.reasons import RunReason
from storage.runs import latest_run
from training.demo.panel import Panel
from training.demo.prepare import must_train
from training.demo.sample_chats import OWNER_NAME
from training.evaluation.scores import PERSON, AnswerExample
from training.report.report_files import ReportFiles
from twin.cli import output
from twin.cli.chat import ask, page_is_up, tell_links
from twin.cli.output import Output, facts, plain
from twin.config.schema import Config
from twin.connectors.web.connector import WebConnector
from twin.engine.base import Engine
from twin.interfaces import Training

QUESTION = "hey, how are you?"
EXAMPLES = 5
POLL_S = 0.5
ANSWER_S = 180.0


@dataclass(frozen=True, slots=True)
class Tour:
    """The demo of one folder. `once`: ask one question of the trained twin, then end."""

    config: Config
    db: Database
    page: WebConnector
    engine: Engine
    training: Training
    once: bool

    def begin(self, out: Output) -> Coroutine[Any, Any, bool]:
        """To be called before the pages are served: theirs tells what goes on."""
        self.page.beside = Panel(self.config, self.db, self.engine).show
        return self._show(out)

    async def _show(self, out: Output) -> bool:
        """Open the page, train where nothing was judged yet, and compare. Whether this was all."""
        await page_is_up(self.page)
        if not self.once:
            await tell_links(self.db, self.page, out)
            await self._open_browser()
        if must_train(self.db):
            await self._train()
        if self.once:
            await self._adapter_answers()
            await self._ask(out)
        return self.once

    async def _open_browser(self) -> None:
        if has_browser():
            await asyncio.to_thread(webbrowser.open, self.page.link(self._token))

    async def _train(self) -> None:
        output.hint("The base model answers meanwhile; this trains the twin, for some minutes.")
        line = await self.training.train(RunReason.MANUAL)
        run = latest_run(self.db, "done")
        examples = ReportFiles(self.config).examples(run.id) if run else []
        if examples:
            output.console.print(comparison(examples[:EXAMPLES]))
        output.hint(line)

    async def _adapter_answers(self) -> None:
        """The bot loads what the gate let live a moment later."""
        adapter = live_adapter(self.db)
        while adapter is not None and self.engine.adapter != adapter.name:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)

    async def _ask(self, out: Output) -> None:
        friend = open_invites(self.db)[0][1].name
        answer = await ask(self.db, self.page, self._token, QUESTION, ANSWER_S)
        document = {"friend": friend, "question": QUESTION, "answer": answer}
        out.show(document, facts("Through the running bot", document))

    @property
    def _token(self) -> str:
        return open_invites(self.db)[0][0]


def has_browser() -> bool:
    """Whether a browser can open in a window: one of the terminal would take it over."""
    if not sys.stderr.isatty():
        return False
    windows = sys.platform in ("win32", "darwin")
    return windows or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def comparison(examples: Sequence[AnswerExample]) -> Table:
    """Base and adapter answer the same held-out messages; the person's own answer beside them."""
    table = Table(title="The same messages, not seen in training", show_lines=True)
    for heading in ("friend", "base model", "twin", f"what {OWNER_NAME} really wrote"):
        table.add_column(heading, overflow="fold")
    for example in examples:
        answers = example.answers
        texts = (example.friend, answers["base"], answers["candidate"], answers[PERSON])
        table.add_row(*map(plain, texts))
    return table
