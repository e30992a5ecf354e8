"""The data in the pictures: chitchat-dataset's history, two drafts, a friend's chat, a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from storage import runs
from storage.adapters import promote
from storage.chats import Chat, get_chat, list_chats, set_mode, set_note, upsert_chat
from storage.database import now_ms
from storage.facts import keep_facts, list_facts, release_facts
from storage.importers.import_files import import_paths
from storage.invites import create_invite
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from storage.people import link_chats
from storage.presence import logged_in
from storage.reasons import RunEnd
from tests.twin.dashboard.learnt import learn, report
from tests.twin.dashboard.stage import Stage
from tests.twin.fakes import FakeConnector
from training.demo.sample_chats import write_sample_exports
from training.evaluation.promotion_gate import verdict_of
from training.evaluation.scores import AnswerExample, GateReason, GateVerdict
from twin.memory.extraction.propose import propose_facts
from twin.replying.policy import HOUR_MS

PLATFORM = "wechat"
SUNDAY = ("haha same", "are you around on sunday?"), "sunday works, after lunch? :)"
BASE = "Sunday works for me! What time would you like to meet?"
BOOK = ("did you finish the book?",), "almost! the last part got really good"
BETTER = {"by": 0.086, "low": 0.021, "high": 0.190}
GATEWAY_GONE = (
    "the gateway ws://127.0.0.1:3001 can't be reached (Connection refused); start it, switch its "
    "websocket server on, or correct [connectors.onebot] url"
)
CHAT = (
    (True, "hi! did you find the photos from the lake?"),
    (False, "yep, sending them tonight"),
    (False, "the one with the dog is amazing"),
    (True, "haha I knew it"),
    (True, "hey, are you coming on saturday?"),
    (False, "yes!! wouldn't miss it"),
    (False, "should I bring anything?"),
    (True, "just yourself. and maybe that cake again"),
)
ANSWERS = (
    AnswerExample(
        "what are you doing tonight?",
        {
            "person": "nothing much, probably just reading haha",
            "base": "I don't have plans, but I'd be happy to help you with yours!",
            "live": "not much, you?",
            "candidate": "nothing really, maybe a movie haha",
        },
    ),
    AnswerExample(
        "do you like winter?",
        {
            "person": "i love it! except for the cold :)",
            "base": "Winter is a wonderful season with many activities to enjoy.",
            "live": "i like the snow",
            "candidate": "yes! but not the cold :)",
        },
    ),
)


@dataclass(frozen=True)
class Scene:
    """`exports` are files to hand in; `paths` are the pages' addresses by name."""

    stage: Stage
    friend: Chat
    exports: list[Path]
    paths: Mapping[str, str]


def set_up(stage: Stage) -> Scene:
    stage.config.path.write_text("[owner]\nname = 'Wei'\n", "utf-8")
    stage.config.path.with_name("data").symlink_to(".")  # the stage's data lie beside the file
    stage.fake.name = PLATFORM
    stage.training.due = now_ms() + 9 * HOUR_MS
    friends, exports = _import(stage)
    _find_facts(stage, friends)
    run = _train(stage)
    token, ann = create_invite(stage.db, "Ann")
    start = now_ms() - 600_000
    for n, (is_peer, text) in enumerate(CHAT):
        origin: Literal["peer", "twin"] = "peer" if is_peer else "twin"
        log_message(stage.db, NewMessage(ann.id, origin, text, start + n * 20_000))
    _connect_accounts(stage)
    elsewhere = upsert_chat(stage.db, "telegram", "200", friends[2].name)
    link_chats(stage.db, friends[2].id, elsewhere.id)
    upsert_chat(stage.db, "matrix", "!a:example.org", f"{friends[1].name} (WhatsApp)")
    chat = friends[0].id
    paths = {
        "overview": "/",
        "people": "/people",
        "chats": "/chats",
        "chat": f"/chats/{chat}",
        "drafts": "/drafts",
        "memory": "/memory?kind=family",
        "friend": stage.web.link(token).removeprefix(stage.home),
        "training": "/training",
        "run": f"/training/{run}",
        "data": "/data",
        "samples": f"/data/samples?chat={friends[1].id}",
        "try": f"/try?chat={chat}",
        "settings": "/settings",
        "login": "/login",
    }
    return Scene(stage, ann, exports, paths)


def _connect_accounts(stage: Stage) -> None:
    """Three accounts beside the friends' page, of which one has lost its gateway."""
    accounts = {"telegram": "Wei", "matrix": "@wei:example.org", "qq": "Wei"}
    made = [FakeConnector(name) for name in accounts]
    for connector in made:
        logged_in(stage.db, connector.name, accounts[connector.name], now_ms())
        connector.status().last_event_at = now_ms() - 90_000
    gone = made[-1].status()
    gone.state = "failed"
    gone.last_error = GATEWAY_GONE
    stage.connectors[1:] = made


def _import(stage: Stage) -> tuple[list[Chat], list[Path]]:
    """The friends with the most messages, of whom two wait for the owner's word.

    And some exports that are still to be imported.
    """
    folder = stage.config.path.with_name("exports")
    write_sample_exports(folder)
    *imported, one, two, three = sorted(folder.glob("*.json"))
    import_paths(stage.db, imported)
    busiest = sorted(list_chats(stage.db), key=lambda row: -row["messages"])
    friends = [get_chat(stage.db, row["id"]) for row in busiest[:4]]
    for friend in friends:
        stage.db.execute("UPDATE chats SET platform = ? WHERE id = ?", [PLATFORM, friend.id])
    for friend, mode in zip(friends, ("draft", "draft", "auto", "off"), strict=True):
        set_mode(stage.db, friend.id, mode)
    set_note(stage.db, friends[0].id, "we met in the book club; likes long mails")
    for friend, (texts, answer) in zip(friends[:2], (SUNDAY, BOOK), strict=True):
        last = _asked(stage.db, friend, texts)
        record_decision(stage.db, friend.id, last, "mode is draft", (answer,), state="draft")
    return friends, [one, two, three]


def _find_facts(stage: Stage, friends: list[Chat]) -> None:
    """What the rules find in the history; the owner has decided on a few."""
    propose_facts(stage.db, stage.config)
    found, _ = list_facts(stage.db, about="owner", kind="family")
    everyone, some, kept = (fact.id for fact in found[-3:])
    release_facts(stage.db, [everyone])
    release_facts(stage.db, [some], [friend.id for friend in friends[:2]])
    keep_facts(stage.db, [kept])


def _asked(db: Database, chat: Chat, texts: tuple[str, ...]) -> int:
    for n, text in enumerate(texts):
        last = log_message(db, NewMessage(chat.id, "peer", text, now_ms() - 60_000 + n))
    assert last is not None
    return last


def _better_than(other: str) -> GateVerdict:
    return verdict_of(GateReason(f"better_than_{other}", BETTER), promoted=True)


def _train(stage: Stage) -> int:
    """Two finished nights, of which the second went live, and one with nothing to learn."""
    learn(stage, "night-1", _better_than("base"), "2026-01-10")
    run = learn(stage, "night-2", _better_than("live"), "2026-01-11")
    for step in range(0, 90, 20):
        runs.add_metrics(stage.db, run, step, {"held_out_loss": 4.2 - step / 90})
    for name in ("night-1", "night-2"):
        promote(stage.db, name)
    runs.skip_night(stage.db, "nightly", "2026-01-12", RunEnd.UNCHANGED.of(2))
    stage.engine.adapter = "night-2"
    report(stage, run, ANSWERS)
    return run
