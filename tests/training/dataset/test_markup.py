"""A platform's markup that was logged before is in no prompt and in no sample."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import get_chat, upsert_chat, upsert_contact
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message, recent_messages
from tests.twin.fakes import config_in
from training.dataset.build import build
from twin.prompting.chat_prompt import chat_prompt

MINUTE = 60_000
MARKED = (
    'hi<span class="emoji emoji1f604"></span>',
    '<img class="qqemoji" text="[微笑]_web" src="/x.gif" />ok<br/>bye &amp; thanks',
    "<msg><appmsg><title>well</title></appmsg></msg>",
)
READ = ("hi😄", "[微笑]ok\nbye & thanks", "well")


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_database(tmp_path / "twin.db")


def log(db: Database, platform: str, texts: tuple[str, ...]) -> int:
    chat = upsert_chat(db, platform, "a", 'Ann<span class="emoji emoji1f338"></span>')
    friend = upsert_contact(db, platform, "a", chat.name)
    for number, text in enumerate(texts):
        for side, said in enumerate((text, f"answer {number}", text)):
            origin: Origin = "owner" if side else "peer"
            at = number * 600 * MINUTE + side * MINUTE
            sender = None if side else friend
            log_message(db, NewMessage(chat.id, origin, said, at, sender_id=sender))
    return chat.id


def test_in_prompts(db: Database, tmp_path: Path) -> None:
    chat = get_chat(db, log(db, "wechat", MARKED))
    *before, last = recent_messages(db, chat.id, 9)
    config = config_in(tmp_path)
    owner = config.owner.model_copy(update={"persona": "You write to {friend}."})
    config = config.model_copy(update={"owner": owner})
    shown = str(chat_prompt(config, chat, before, last, last.text, None))
    assert "<" not in shown
    assert "You write to Ann🌸." in shown


def test_in_samples(db: Database, tmp_path: Path) -> None:
    log(db, "wechat", MARKED)
    built = build(db, config_in(tmp_path))
    samples = [*built.train, *built.held_out]
    assert [sample.input for sample in samples] == list(READ)
    assert [sample.output.partition("\n")[2] for sample in samples] == list(READ)
    assert all("<" not in sample.instruction for sample in samples)


@pytest.mark.parametrize("platform", ["web", "whatsapp"])
def test_what_people_typed_elsewhere_stays(db: Database, tmp_path: Path, platform: str) -> None:
    typed = ("write <br/> or &amp;", "a <b>tag</b>", "<msg>is XML</msg>")
    log(db, platform, typed)
    built = build(db, config_in(tmp_path))
    assert [sample.input for sample in [*built.train, *built.held_out]] == list(typed)


def test_signs_that_nobody_sees_are_not_taught(db: Database, tmp_path: Path) -> None:
    chat = upsert_chat(db, "web", "a", "Ann")
    said: list[tuple[Origin, str]] = [
        ("peer", "\u200b\u3164"),
        ("owner", "hello?"),
        ("peer", "yes"),
        ("owner", "\ufe0f\u2800"),
    ]
    for number, (origin, text) in enumerate(said):
        log_message(db, NewMessage(chat.id, origin, text, number * MINUTE))
    for rules in ("sessions", "classic"):
        config = config_in(tmp_path)
        dataset = config.dataset.model_copy(update={"rules": rules})
        built = build(db, config.model_copy(update={"dataset": dataset}))
        assert [*built.train, *built.held_out] == []
