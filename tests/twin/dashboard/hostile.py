"""Texts that try to become markup, wherever texts of other people are shown."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from playwright.async_api import FilePayload

from storage import runs
from storage.chats import Chat, set_note, upsert_chat, upsert_contact
from storage.facts import LONGEST_TEXT, NewFact, enter_facts, list_facts, release_facts
from storage.invites import create_invite
from storage.media_texts import store_media_text
from storage.messages import NewMessage, log_message, messages_of_chat
from storage.outbox import add_piece, record_decision
from storage.presence import logged_in
from tests.training.report.made_up import made_up
from tests.training.report.test_dataset_report import figures
from tests.twin.dashboard.learnt import learn
from tests.twin.dashboard.stage import Stage
from training.evaluation.scores import AnswerExample, GateVerdict
from training.report.dataset_report import write_dataset_page
from training.report.report_files import dataset_page, report_folder
from training.report.run_report import write_report

SCRIPT = "<script>window.pwned=1</script>"
TRICKS = (
    SCRIPT,
    "<img src=x onerror=window.pwned=1>",
    "{{7*7}} ${7*7} `${window.pwned=1}`",
    "[x](javascript:window.pwned=1)",
    "</textarea></script><script>window.pwned=1</script>",
    '"><svg onload=window.pwned=1>',
    "' onmouseover='window.pwned=1",
    "\u202egnp.exe\u202c \u2067x",
)
NAME = " ".join(TRICKS)
# Of a file: no name on the disk has "<" or "*" in it.
FILE = "' onmouseover='window.pwned=1 {{7-7}} ${window.pwned=1}"
LONG = "y" * 10_000
ZERO = "a\0b"  # what a program may send; a file of settings can't hold it
SAID = (*TRICKS, LONG, ZERO)
STORED = (*TRICKS, LONG, "ab")  # as the log has it
AT = 1_700_000_000_000


@dataclass(frozen=True)
class Hostile:
    """Addresses: of a group in which all is said, of a run, and of a friend's page."""

    group: int
    run: int
    friend: str


def fill(stage: Stage) -> Hostile:
    """The owner's name is hostile too: `staged(folder, owner=NAME)`."""
    text = f"[owner]\nname = {json.dumps(NAME)}\n[paths]\ndata = '.'\n"
    stage.config.path.write_text(text, "utf-8")
    group = upsert_chat(stage.db, "fake", NAME, NAME, kind="group", mode="draft")
    set_note(stage.db, group.id, NAME)
    _send_files(stage, group)
    last = _say(stage, group, SAID)
    record_decision(stage.db, group.id, last, "mode is draft", SAID, state="draft")
    add_piece(stage.db, group.id, NAME, "doubt")
    last = _say(stage, upsert_chat(stage.db, "fake", "long", LONG), [SCRIPT])
    held_back = f"the reply was held back: {NAME}"
    record_decision(stage.db, group.id, last, held_back, now=AT + 1000)
    logged_in(stage.db, "fake", NAME, AT)
    stage.fake.status().last_error = NAME
    token, friend = create_invite(stage.db, NAME)
    _say(stage, friend, SAID)
    _state(stage, friend)
    return Hostile(group.id, _train(stage), stage.web.link(token))


def _say(stage: Stage, chat: Chat, said: Iterable[str]) -> int:
    """The friend and the owner say all of it; the last message."""
    sender = upsert_contact(stage.db, "fake", f"sender of {chat.id}", NAME)
    for number, text in enumerate(said):
        at = AT + number * 10_000
        log_message(stage.db, NewMessage(chat.id, "peer", text, at, sender_id=sender))
        log_message(stage.db, NewMessage(chat.id, "owner", text, at + 1, media=f"{text[:99]}.png"))
    last = log_message(stage.db, NewMessage(chat.id, "peer", SCRIPT, at + 2, sender_id=sender))
    assert last is not None
    return last


def _send_files(stage: Stage, chat: Chat) -> None:
    """In files of both sides stands what is hostile."""
    for number, text in enumerate(TRICKS):
        for origin, kind in (("peer", "image"), ("owner", "voice")):
            at, media = AT - 60_000 + number, f"media/fake/{number}"
            file = NewMessage(chat.id, origin, "", at, kind=kind, media=media)  # type: ignore[arg-type]
            message = log_message(stage.db, file)
            assert message is not None
            store_media_text(stage.db, message, media, text, reader=NAME, description=text, at=AT)


def _state(stage: Stage, chat: Chat) -> None:
    """What is said there states facts, of which one was released in this chat."""
    for about, origin in (("owner", "owner"), ("friend", "peer")):
        for message in messages_of_chat(stage.db, chat.id):
            if message.origin == origin:
                said, at = message.text[:LONGEST_TEXT], message.sent_at
                fact = NewFact(chat.id, message.id, about, NAME, None, said, said, at, at)  # type: ignore[arg-type]
                enter_facts(stage.db, [fact])
    own, _ = list_facts(stage.db, about="owner")
    release_facts(stage.db, [own[0].id], [chat.id])


def _train(stage: Stage) -> int:
    failed = runs.start_run(stage.db, NAME, 1)
    runs.fail_run(stage.db, failed, NAME)
    run = learn(stage, "one", GateVerdict(False, list(SAID)))
    stage.db.execute("UPDATE training_runs SET reason = ? WHERE id = ?", [NAME, run])
    told = made_up()
    examples = [AnswerExample(text, dict.fromkeys(("person", "base"), text)) for text in SAID]
    evaluation = replace(told.evaluation, examples=examples)
    facts = replace(told.run, run_id=run, reason=NAME, adapter=NAME)
    write_report(
        report_folder(stage.config, run), facts, evaluation, GateVerdict(False, list(SAID))
    )
    write_dataset_page(dataset_page(stage.config), figures(*SAID), every=True)
    return run


def exports() -> list[FilePayload]:
    rows = [["2026-01-01 10:00:00", NAME, NAME], ["2026-01-01 10:01:00", "我", NAME]]
    return [_file(f"{FILE}.json", json.dumps(rows)), _file(f"{FILE}.txt", NAME)]


def export_of_strangers() -> FilePayload:
    """It does not say who of them is the owner."""
    lines = (f"01/02/2024, 10:0{n} - {name}: hi\n" for n, name in enumerate((SCRIPT, "Bob")))
    return _file(f"WhatsApp Chat with {FILE}.txt", "".join(lines))


def _file(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
