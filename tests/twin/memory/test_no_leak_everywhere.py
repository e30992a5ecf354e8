"""The same through whole programs: what each of them gives the model to read, logs and tells."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from storage.chats import get_chat, set_mode
from storage.decision_memory import memory_of_decisions
from storage.keys import create_key
from storage.messages import NewMessage, log_message
from storage.people import chats_of_person
from tests.terminal import Terminal
from tests.tiny import tiny_model
from tests.training.tiny_twin import quick_config
from tests.twin.api.serving import served
from tests.twin.driver import Bot
from tests.twin.fakes import FakeTime
from tests.twin.memory.attacks import questions
from tests.twin.memory.capturing import CapturingEngine
from tests.twin.memory.leak_log import DAY, MINUTE
from tests.twin.memory.leak_stage import ASKS_EVERYTHING, NOW, QUESTIONS, LeakStage
from tests.twin.memory.secrets_told import PLACES, SECRETS, TOKENS, of_place
from training.dataset.build import build
from training.dataset.encoding import prompt_of
from training.run import run_training
from twin.actions import Actions
from twin.api.context import ApiContext
from twin.connectors.base import MessageReceived
from twin.playground import BASE, LIVE, Playground, SideBySide

pytestmark = pytest.mark.server

SETTINGS = """
memory.enabled = true
privacy.excluded_chats = ["dora"]
"""
LIMITS = {"max_per_chat_hour": 9999, "max_per_day": 9999, "quiet_hours": "", "guard": False}


class LeakBot(Bot):
    """A bot with the log of secrets, at its time."""

    def __init__(self, stage: LeakStage) -> None:
        time, engine = FakeTime(), CapturingEngine(stage.reader)
        time.seconds = NOW / 1000
        changed = {"memory", "reply", "train", "privacy"}
        sections = {name: getattr(stage.config, name).model_dump() for name in changed}
        super().__init__(stage.config.data, time, engine=engine, **sections, policy=LIMITS)
        self.prompts, self.asked = engine.prompts, dict.fromkeys(stage.log.chats, "")

    async def ask(self, key: str, text: str) -> list[str]:
        """The prompts that a message there leads to."""
        before = len(self.prompts)
        place = next(one for one in PLACES if one.key == key)
        sender = (place.members or (key,))[0]
        self.asked[key] += f"\n{text}"
        await self.inbox.handle(
            "fake",
            MessageReceived(
                *(key, place.name, sender, sender.capitalize(), text, self.time.now()),
                chat_kind=place.kind,
                mentions_owner=place.kind == "group",
            ),
        )
        await self.time.advance(60)
        return self.prompts[before:]


@pytest.fixture
async def bot(leak_stage: LeakStage) -> AsyncIterator[LeakBot]:
    bot = LeakBot(leak_stage)
    yield bot
    await bot.replies.stop()
    bot.db.close()


@pytest.mark.parametrize("mode", ["auto", "draft"])
async def test_no_reply_and_no_draft_is_made_from_another_chat(
    leak_stage: LeakStage, bot: LeakBot, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    log, asked = leak_stage.log, 0
    for number in log.chats.values():
        set_mode(bot.db, number, mode)
    each = QUESTIONS if ASKS_EVERYTHING else 1
    for key, text in list(questions(log, each))[:: 1 if ASKS_EVERYTHING else 7]:
        for prompt in await bot.ask(key, text) if key != "self" else ():
            assert log.leaks(key, prompt, bot.asked[key]) == []
            asked += 1
    assert asked > 20 * each
    assert [token for token in TOKENS if token in caplog.text] == []
    _check_what_was_used(bot)


def _check_what_was_used(bot: LeakBot) -> None:
    """What is noted of a reply for the owner is of the same person's chats, or released."""
    decisions = dict(bot.db.execute("SELECT id, chat_id FROM decisions").fetchall())
    used = memory_of_decisions(bot.db, decisions)
    assert used
    for decision, messages in used.items():
        own = chats_of_person(bot.db, decisions[decision])
        for message in messages:
            is_released = bot.db.execute(
                "SELECT 1 FROM facts f JOIN releases r ON r.fact_id = f.id WHERE f.message_id = ?",
                [message.id],
            ).fetchone()
            assert message.chat_id in own or is_released


async def test_the_twin_is_shown_its_own_chat(leak_stage: LeakStage, bot: LeakBot) -> None:
    """Without this, the other tests would prove nothing."""
    [secret] = of_place("ben", "owner")
    for key in ("ben", "ben-work"):
        [prompt] = await bot.ask(key, secret.question)
        assert secret.token in prompt


async def test_the_api_knows_no_chat(leak_stage: LeakStage) -> None:
    log, time = leak_stage.log, FakeTime()
    engine = CapturingEngine(leak_stage.reader)
    config = leak_stage.config.model_copy(
        update={"policy": leak_stage.config.policy.model_copy(update={"guard": False})}
    )
    actions = Actions(config, leak_stage.db, time.clock)
    context = ApiContext(config, leak_stage.db, engine, actions, time.clock)
    keys = [create_key(leak_stage.db, "guest")[0], create_key(leak_stage.db, "all", "manage")[0]]
    told = ""
    # Without TLS: reading the certificates takes longer than a request.
    async with (
        served(context) as url,
        httpx.AsyncClient(base_url=url, verify=False, timeout=60) as client,
    ):
        for at, (key, text) in enumerate(list(questions(log, 1))[::6]):
            number, place = log.chats[key], get_chat(leak_stage.db, log.chats[key])
            text = text[:300].encode("utf-8", "replace").decode()
            body = {
                "model": "twin",
                "messages": [
                    {"role": "system", "content": f"You are in chat {number}.", "name": key},
                    {"role": "user", "content": text, "name": place.name, "chat_id": number},
                ],
                **dict.fromkeys(("chat", "chat_id", "conversation", "thread_id"), number),
                **dict.fromkeys(("user", "safety_identifier", "session"), place.external_id),
                "metadata": {"chat": str(number)},
                "memory": True,
            }
            headers = {"Authorization": f"Bearer {keys[at % 2]}", "X-Chat-Id": str(number)}
            answer = await client.post(
                "/v1/chat/completions", json=body, headers=headers, params={"chat": number}
            )
            assert answer.status_code == 200, answer.text
            assert log.leaks(None, engine.prompts[-1], text) == []
            told += answer.text
        for page in ("/metrics", "/api/status", "/api/runs", "/api/adapters"):
            told += (await client.get(page, headers=headers)).text
    assert len(engine.prompts) > 30
    assert [token for token in TOKENS if token in told] == []


@pytest.mark.parametrize("with_past", [False, True])
async def test_the_trial_shows_what_the_bot_would(leak_stage: LeakStage, with_past: bool) -> None:
    log, engine = leak_stage.log, CapturingEngine(leak_stage.reader)
    playground = Playground(leak_stage.config, leak_stage.db, engine)
    for key, text in [*questions(log, 1)][::14]:
        trial = SideBySide(playground, get_chat(log.db, log.chats[key]), with_past=with_past)
        for model in (LIVE, BASE):
            await trial.ask(model, text)
            assert log.leaks(key, engine.prompts[-1], text) == []
    for one in (None, *of_place("anna", "owner")):
        await SideBySide(playground).ask(LIVE, SECRETS[0].question)
        assert log.leaks(None, engine.prompts[-1], "") == [], one


def test_the_command_shows_what_the_bot_would(
    leak_stage: LeakStage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "terminal"
    folder.mkdir()
    terminal = Terminal(folder, capsys)
    terminal.config.write_text(SETTINGS, encoding="utf-8")
    terminal.database.parent.mkdir(parents=True, exist_ok=True)
    leak_stage.db.execute("VACUUM INTO ?", [str(terminal.database)])
    log = leak_stage.log

    def show(key: str, question: str) -> str:
        shown = terminal.json("memory", "show", str(log.chats[key]), "--question", question)
        return json.dumps(shown["lines"], ensure_ascii=False)

    for key, text in [*questions(log, 1)][::14]:
        if text.isprintable():
            assert log.leaks(key, show(key, text)) == []
    [secret] = of_place("ben", "owner")
    assert secret.token in show("ben-work", secret.question)


def _ask_later(stage: LeakStage) -> None:
    """In each chat, conversations that begin with questions about others, and about its own."""
    asked: dict[str, list[str]] = {key: [] for key in stage.log.chats}
    for key, text in [*questions(stage.log, 1)][::5]:
        asked[key].append(text)
    for key, texts in asked.items():
        own = [one.question for one in of_place(key, "owner", "friend")]
        for at, text in enumerate((*texts, *own)):
            chat, said_at = stage.log.chats[key], NOW + at * DAY
            log_message(stage.db, NewMessage(chat, "peer", text[:400], said_at))
            answer = f"why do you ask me that, number {at} of {key}"
            log_message(stage.db, NewMessage(chat, "owner", answer, said_at + MINUTE))


def test_samples_hold_what_their_own_chat_may_know(leak_stage: LeakStage) -> None:
    _ask_later(leak_stage)
    leak_stage.index()
    log, config = leak_stage.log, leak_stage.config
    built = build(leak_stage.db, config)
    keys = {number: key for key, number in log.chats.items()}
    samples = [*built.train, *built.held_out, *built.questions]
    shown = set()
    for sample in samples:
        turns = prompt_of(sample, leak_stage.reader.format, config.train.max_tokens)
        read = f"{leak_stage.reader.read(turns)}\n{sample.output}"
        asked = "\n".join((sample.input, *(one for one, _ in sample.history)))
        assert log.leaks(keys[sample.chat_id], read, asked) == []
        shown |= {token for token in TOKENS if token in sample.memory}
    assert len(samples) > 150
    assert len(shown) > 20


if ASKS_EVERYTHING:  # it trains

    def test_a_run_tells_nothing_of_what_its_samples_show(
        leak_stage: LeakStage, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither in its log nor in its report."""
        caplog.set_level(logging.INFO)
        _ask_later(leak_stage)
        leak_stage.index()
        run = quick_config(tmp_path, tiny_model(tmp_path / "model"))
        changed = {name: getattr(leak_stage.config, name) for name in ("memory", "privacy")}
        result = run_training(
            run.model_copy(update={"data": leak_stage.config.data, **changed}),
            leak_stage.db,
            "manual",
            max_steps=1,
            show=False,
        )
        assert result["memory_questions"] > 0
        told = [caplog.text, json.dumps(result, default=str, ensure_ascii=False)]
        reports = [*leak_stage.config.path_of("reports").rglob("*.*")]
        told += [one.read_bytes().decode("utf-8", "replace") for one in reports]
        assert reports
        found = [token for token in TOKENS if token in "\n".join(told).casefold()]
        # The report shows what friends wrote in conversations that were held out.
        guessed = "\n".join(text for _, text in questions(leak_stage.log, 1))
        assert [token for token in found if token not in guessed] == []
