"""A week of a twin: a fake clock, real messages, a real trainer process every night."""

import asyncio
import json
import random
import string
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.held_out import losses_of
from storage.adapters import live_adapter
from storage.chat_deletion import forget_chat
from storage.chats import find_chat, upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from storage.reasons import RunEnd
from storage.runs import Run, runs_of_night
from tests.tiny import tiny_model
from tests.twin.fakes import FakeTime, run_tasks
from training.dataset.samples import Sample
from training.demo.sample_chats import sample_chats
from training.loss import mean_loss
from training.scheduling.schedule import Nightly
from training.scheduling.trainer_process import TrainerProcess
from twin.config.load import load_config
from twin.engine.model import load_torch_model
from twin.prompting.chat_prompt import persona

pytestmark = pytest.mark.slow

HOUR = 3600
SETTINGS = """
owner.name = "Sam"
model = {{ base = {base!r}, dtype = "float32", device = "cpu" }}
dataset = {{ rules = "classic", held_out = 0.15, half_life_days = 30.0 }}
train.compile = false  # takes longer than the nights: test_compiling.py
train.batch_size = 8
train.save_steps = 5
train.learning_rate = 0.003
train.epochs = 2.0
train.max_tokens = 160
reply = {{ max_tokens = 8 }}
judge = {{ prompts = 8, min_stop_share = 0.0, max_extra_repeats = 1.0 }}
schedule = {{ timezone = "UTC", min_new_messages = 20, catch_up_days = 0 }}
"""


def real_pairs() -> Iterator[tuple[str, str]]:
    """Short messages and the real owner's short answers to them, friend by friend."""
    for samples in sample_chats().values():
        for (_, first, asked), (_, second, answered) in pairwise(samples):
            if first != "我" and second == "我" and max(len(asked), len(answered)) < 50:
                yield asked, answered


class Week:
    """The bot's nightly task on a twin of its own. It begins at noon of a Monday."""

    def __init__(self, folder: Path) -> None:
        base = tiny_model(folder / "base", spread=0.1)
        (folder / "config.toml").write_text(SETTINGS.format(base=str(base)), encoding="utf-8")
        self.config = load_config(folder / "config.toml")
        self.db = open_database(self.config.database)
        self.time = FakeTime()
        self.time.seconds = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
        trainer = TrainerProcess(self.config, self.db, clock=self.time.clock)
        self.nightly = Nightly(self.config, self.db, trainer, self.time.clock)
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self.lines: list[str] = []
        self._pairs = real_pairs()
        self.test_samples = [self._sample(*next(self._pairs)) for _ in range(80)]

    @asynccontextmanager
    async def running(self) -> Any:
        task = asyncio.create_task(self.nightly.run(self.told.put_nowait))
        await run_tasks()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def exchange_messages(self, count: int, friend: str = "Ann", noise: bool = False) -> None:
        """So many messages of a friend and answers of the owner, in the afternoon."""
        chat = upsert_chat(self.db, "test", friend, friend)
        drawn = random.Random(count)
        for number in range(count):
            asked, answered = next(self._pairs)
            if noise:
                answered = "".join(drawn.choices(string.printable[:94], k=40))
            at = self.time.now() + number * 120_000
            log_message(self.db, NewMessage(chat.id, "peer", asked, at))
            log_message(self.db, NewMessage(chat.id, "owner", answered, at + 10_000))

    async def night(self) -> Run:
        """On to four in the morning, through the night's run, and on to noon."""
        await self._on_to(hour=4)
        night = datetime.fromtimestamp(self.time.seconds, UTC).date()
        while (run := self._run_of(str(night))) is None or run.state not in ("done", "skipped"):
            self.lines.append(await self.told.get())
            if self.lines[-1].startswith("Training failed"):
                await self.time.advance(HOUR)  # tried again at the next look
        await self._on_to(hour=12)
        assert self._run_of(str(night)) == run
        return run

    async def _on_to(self, hour: int) -> None:
        """A minute past the next full hour of that name, so that the hour's look has been."""
        since = (self.time.seconds - hour * HOUR) % (24 * HOUR)
        await self.time.advance(24 * HOUR - since + 60)

    def _run_of(self, night: str) -> Run | None:
        found = runs_of_night(self.db, night)
        assert len(found) < 2, "one night, one run"
        return found[0] if found else None

    def loss(self) -> float:
        """Of the live twin, on answers of which nobody ever learns."""
        live = live_adapter(self.db)
        model = load_torch_model(self.config, self.config.path_of(live.path) if live else None)
        found = mean_loss(losses_of(model, self.config, self.test_samples))
        assert found is not None
        return found

    def _sample(self, asked: str, answered: str) -> Sample:
        return Sample(
            instruction=persona(self.config.owner),
            input=asked,
            output=answered,
        )


def verdict_of(run: Run) -> tuple[bool, str]:
    verdict = json.loads(run.result or "{}")["verdict"]
    return verdict["promoted"], "; ".join(verdict["reasons"])


def kill_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next trainer is killed by -9 when it has trained, before its adapter is saved."""
    from training.scheduling import trainer_process

    real = vars(trainer_process)["trainer_command"]
    doomed = ["before the adapter is saved"]

    def command(path: Path, reason: str, night: str | None = None) -> Any:
        if not doomed:
            return real(path, reason, night)
        crash = ["-m", "tests.training.crash", str(path), doomed.pop(), str(night)]
        return [sys.executable, *crash]

    monkeypatch.setattr(trainer_process, "trainer_command", command)


async def test_a_week_of_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    week = Week(tmp_path)
    losses = [week.loss()]

    async def night() -> Run:
        run = await week.night()
        losses.append(week.loss())
        return run

    async with week.running():
        week.exchange_messages(160)
        promoted, why = verdict_of(await night())
        assert promoted, why

        week.exchange_messages(120)
        promoted, why = verdict_of(await night())
        assert promoted, why
        assert "better than the live adapter" in why

        week.exchange_messages(5)
        few = await night()
        assert (few.state, few.attempts) == ("skipped", 1)
        assert few.error == RunEnd.FEW_MESSAGES.of("5 < 20")

        week.exchange_messages(120)
        kill_once(monkeypatch)
        killed = await night()
        assert (killed.state, killed.attempts) == ("done", 2)
        assert json.loads(killed.result or "{}")["resumed"]
        promoted, why = verdict_of(killed)
        assert promoted, why

        week.exchange_messages(120, "Noise", noise=True)
        promoted, why = verdict_of(await night())
        assert not promoted
        assert "100% of the new messages do not look like yours" in why
        forget_chat(week.db, find_chat(week.db, "Noise").id)  # the owner reads why, and mends it

        week.exchange_messages(120)
        promoted, why = verdict_of(await night())
        assert promoted, why

        week.exchange_messages(25)
        promoted, why = verdict_of(await night())
        assert not promoted
        assert "not better than the live adapter beyond noise" in why

    assert losses == sorted(losses, reverse=True)
    assert [line.split(":")[0].split(" (")[0] for line in week.lines] == [
        "A better twin answers from now on",
        "A better twin answers from now on",
        "Training failed",
        "A better twin answers from now on",
        "The twin stays as it was",
        "A better twin answers from now on",
        "The twin stays as it was",
    ]
    week.db.conn.close()
