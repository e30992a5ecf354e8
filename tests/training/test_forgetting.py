import json
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlite_utils import Database

import bot
from storage.adapters import Adapter, find_adapter, list_adapters, live_adapter, promote
from storage.chat_deletion import chats_of_adapter, files_to_delete, forget_chat, is_unfinished
from storage.chats import find_chat, set_note, upsert_chat, upsert_contact
from storage.consent import record_consent
from storage.drafts import edit_draft
from storage.errors import TwinError
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from storage.runs import fail_run, latest_run, start_run
from storage.search import search_messages
from tests.registry import enter_adapter
from training import run as training_run
from training.forgetting import finish_forgetting
from training.run import run_training
from twin.config.schema import Config
from twin.diagnostics.doctor import diagnose
from twin.diagnostics.status import collect_status
from twin.replying.rhythm import RHYTHM

pytestmark = pytest.mark.slow

# Each as it would be stored, and each unlike the others from its first letter on: the index keeps
# of a word only what sets it apart from the word before.
SECRETS = (
    *(
        "Quillberta",
        "wxidvermilion",
        "kangaroonote",
        "mongooseconsent",
        "jabberwock",
        "蝌蚪",
        "ybrawpayload",
    ),
    *("xenonperson", "zephyrdraft", "fjordwords", "gnomereason", "orchidpicture", "ukulelereport"),
    *("narwhalanswer", "dweebcheckpoint", "hobgoblinadapter", "pterodactylnotice", "ostrichold"),
    "mongooseconsent",
)


def found_in(folder: Path) -> dict[str, set[str]]:
    """Which secrets are in which files, by raw bytes and by name."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in SECRETS:
            if secret.encode() in content or secret in path.name:
                found.setdefault(secret, set()).add(path.name)
    return found


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def register(db: Database, config: Config, name: str, *chats: int) -> Adapter:
    adapter = enter_adapter(db, name, chats=chats)
    write(config.path_of("adapters", name, "weights"), name)
    return adapter


def fill(db: Database, config: Config) -> int:
    """A chat whose traces are everywhere; its number."""
    chat = upsert_chat(db, "wechat", "wxidvermilion", "Quillberta")
    set_note(db, chat.id, "kangaroonote")
    record_consent(db, chat.id, "mongooseconsent", now=1)
    sender = upsert_contact(db, "wechat", "xenonperson", "xenonperson")
    for number in range(200):
        text = f"jabberwock{number} 蝌蚪{number} " + "padding " * (number % 40)
        raw = json.dumps({"all": f"ybrawpayload{number}"})
        message = NewMessage(chat.id, "peer", text, number, sender_id=sender, raw=raw)
        asked = log_message(db, message)
    assert asked is not None
    db.execute("UPDATE messages SET text = 'ostrichold ' || text WHERE id < 50")
    db.execute("UPDATE messages SET text = substr(text, 12) WHERE id < 50")
    log_message(
        db,
        NewMessage(chat.id, "peer", "", 999, kind="image", media="media/wechaty/orchidpicture.jpg"),
    )
    write(config.path_of("media", "wechaty", "orchidpicture.jpg"), "orchidpicture")
    [piece] = record_decision(db, chat.id, asked, "gnomereason", ["zephyrdraft"], state="draft")
    edit_draft(db, piece.decision_id or 0, "fjordwords", now=5)
    own = upsert_chat(db, "wechat", "me", "me", kind="self")
    log_message(db, NewMessage(own.id, "owner", "pterodactylnotice", 5, kind="notice"))
    write(config.path_of("reports", "run-1", "report.md"), "ukulelereport")
    write(config.path_of("runs", "1", "checkpoint-2", "state"), "dweebcheckpoint")
    write(config.path_of("kept-scores.json"), "narwhalanswer")
    return chat.id


@pytest.fixture
def forgotten(chats: Database, config: Config) -> int:
    chat = fill(chats, config)
    old = register(chats, config, "20260101-run1", chat)
    write(config.path_of(old.path, "weights"), "hobgoblinadapter")
    promote(chats, old.name)
    clean = register(chats, config, "clean", find_chat(chats, "Ann").id)
    write(config.path_of(clean.path, "weights"), "clean")
    write(config.path_of(clean.path, RHYTHM), "how often the owner answers in each chat")
    promote(chats, "clean")
    return chat


def forget(config: Config, *options: str) -> None:
    assert bot.main(["chats", "forget", *options, "--yes", "--config", str(config.path)]) == 0


def test_no_byte_of_it_is_left_in_the_data_folder(
    chats: Database, config: Config, forgotten: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """While another connection, as the running bot's, stays open."""
    before = found_in(config.data)
    assert set(before) == set(SECRETS)
    forget(config, "Quillberta", "--json")
    told = json.loads(capsys.readouterr().out)
    assert found_in(config.data) == {}
    assert (told["messages"], told["media"], told["contacts"]) == (201, 1, 1)
    assert (told["adapters"], told["remains"]) == (["20260101-run1"], [])
    assert search_messages(chats, "jabberwock7") == []
    assert len(search_messages(chats, "hello", limit=99)) == 40
    live = find_adapter(chats, "clean")
    assert live_adapter(chats) == live
    assert [file.name for file in config.path_of(live.path).iterdir()] == ["weights"]
    assert collect_status(config, chats)["forgotten"] == []


def test_a_crash_before_the_files_are_deleted_is_told_and_made_good(
    chats: Database, config: Config, forgotten: int, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_chat(chats, forgotten)  # and the process dies
    [note] = collect_status(config, chats)["forgotten"]
    assert "(1 media files)" in note
    check = {check.name: check for check in diagnose(config)}["forgotten chats"]
    assert (check.verdict, "chats forget" in check.remedy) == ("warn", True)
    for _ in range(2):
        assert finish_forgetting(config, chats) == []
    assert not (config.data / "media/wechaty/orchidpicture.jpg").exists()
    assert not is_unfinished(chats)
    assert collect_status(config, chats)["forgotten"] == []
    assert bot.main(["chats", "forget", "--config", str(config.path)]) == 2
    assert "nothing is left to finish" in capsys.readouterr().err


def test_files_that_no_message_has_any_more_go_and_those_of_others_stay(
    chats: Database, config: Config
) -> None:
    folder = config.path_of("media", "wechaty")
    known, stray, half, new = (f"{letter * 24}.jpg" for letter in "abcd")
    for name in (known, stray, half + ".part", new, "holiday.jpg"):
        write(folder / name, "picture")
        if name != new:
            os.utime(folder / name, (5, 5))
    chat = find_chat(chats, "Ann").id
    media = f"media/wechaty/{known}"
    log_message(chats, NewMessage(chat, "peer", "", 5, kind="image", media=media))
    forget_chat(chats, find_chat(chats, "Ben").id)
    assert finish_forgetting(config, chats) == []
    assert {path.name for path in folder.iterdir()} == {known, new, "holiday.jpg"}


@pytest.mark.parametrize("path", ["../outside.txt", "media/../../outside.txt", "{absolute}"])
def test_nothing_outside_of_the_data_folder_is_deleted(
    chats: Database, config: Config, path: str
) -> None:
    config.path_of("media").mkdir()
    outside = config.data.parent / "outside.txt"
    outside.write_text("mine")
    chat = find_chat(chats, "Ben").id
    media = path.format(absolute=outside)
    log_message(chats, NewMessage(chat, "peer", "", 5, kind="file", media=media))
    forget_chat(chats, chat)
    [line] = finish_forgetting(config, chats)
    assert "delete it yourself" in line
    assert outside.read_text() == "mine"
    outside.unlink()
    assert finish_forgetting(config, chats) == []


def test_a_link_out_of_the_data_folder_is_not_followed(chats: Database, config: Config) -> None:
    outside = config.data.parent / "outside"
    write(outside / "a.jpg", "mine")
    config.path_of("media").symlink_to(outside)
    chat = find_chat(chats, "Ben").id
    log_message(chats, NewMessage(chat, "peer", "", 5, kind="file", media="media/a.jpg"))
    forget_chat(chats, chat)
    assert len(finish_forgetting(config, chats)) == 1
    assert (outside / "a.jpg").read_text() == "mine"


def test_while_a_run_is_going_its_files_stay_and_it_is_told(
    chats: Database, config: Config, forgotten: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with FileLock(config.path_of("train.lock")):
        forget(config, "Quillberta")
    shown = " ".join(capsys.readouterr().out.split())
    assert "a training run is going" in shown
    assert "`bot.py chats forget`, without a name, finishes it" in shown
    assert found_in(config.data).keys() <= {"dweebcheckpoint", "hobgoblinadapter"}
    forget(config)
    assert "holds nothing else" in " ".join(capsys.readouterr().out.split())
    assert not config.path_of("runs").exists()


def test_dropping_the_marked_adapter_lets_the_base_answer(
    chats: Database, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    register(chats, config, "one", find_chat(chats, "Ben").id)
    promote(chats, "one")
    forget(config, "Ben")
    shown = " ".join(capsys.readouterr().out.split())
    assert "The live adapter (the training of " in shown
    assert ") learnt from a forgotten chat: " in shown
    assert config.path_of("adapters", "one").exists()
    write(config.path_of("reports", "run-1", "report.md"), "of the time afterwards")
    forget(config, "--drop-adapters")
    assert "Dropped: the training of " in capsys.readouterr().out
    assert live_adapter(chats) is None
    assert not config.path_of("adapters", "one").exists()
    assert config.path_of("reports", "run-1").exists()


def test_the_doctor_says_why_a_marked_adapter_is_not_replaced(
    chats: Database, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    register(chats, config, "one", find_chat(chats, "Ben").id)
    promote(chats, "one")
    fail_run(chats, start_run(chats, "before", 1), "another thing")
    chats.execute("UPDATE training_runs SET started_at = 5")
    forget(config, "Ben")

    def check() -> tuple[str, str]:
        found = {check.name: check for check in diagnose(config)}["adapter"]
        assert found.verdict == "warn"
        return found.found, found.remedy

    assert "another thing" not in check()[0]
    fail_run(chats, start_run(chats, "nightly", 1), "3 samples to train on")
    assert "could not replace it: 3 samples to train on" in check()[0]
    assert "--drop-adapters" in check()[1]
    [note] = collect_status(config, chats)["forgotten"]
    assert "3 samples" in note
    assert bot.main(["adapters", "list", "--config", str(config.path)]) == 0
    assert "forgotten" in capsys.readouterr().out


def changed(config: Config, **values: object) -> Config:
    return config.model_copy(update={"train": config.train.model_copy(update=values)})


def test_the_next_night_begins_at_the_base_and_need_not_beat_the_marked_adapter(
    chats: Database, config: Config
) -> None:
    config = changed(config, strategy="continue", epochs=2.0)
    first = run_training(config, chats, "test", show=False)
    old = find_adapter(chats, first["adapter"])
    ann, ben = (find_chat(chats, name).id for name in ("Ann", "Ben"))
    assert chats_of_adapter(chats, old.id) == {ann, ben}
    assert forget_chat(chats, ben).adapters == [old.name]
    assert finish_forgetting(config, chats) == []
    assert config.path_of(old.path).exists()  # until another answers

    second = run_training(config, chats, "nightly", show=False, night="2026-01-10")
    assert second["continues"] is None
    assert (set(second["against"]), set(second["scores"]) & {"live"}) == ({"base"}, set())
    assert second["verdict"]["promoted"]
    new = find_adapter(chats, second["adapter"])
    assert live_adapter(chats) == new
    assert chats_of_adapter(chats, new.id) == {ann}
    assert find_adapter(chats, old.name).status == "pruned"
    assert not config.path_of(old.path).exists()


def test_an_adapter_that_goes_on_from_another_knows_its_chats_too(
    chats: Database, config: Config
) -> None:
    config = changed(config, strategy="continue")
    first = run_training(config, chats, "test", show=False)
    ann, ben = (find_chat(chats, name).id for name in ("Ann", "Ben"))
    chats.execute("UPDATE messages SET recalled_at = 1 WHERE chat_id = ?", [ben])
    second = run_training(config, chats, "test", show=False)
    assert second["continues"] == first["adapter"]
    assert chats_of_adapter(chats, find_adapter(chats, second["adapter"]).id) == {ann, ben}
    chats.execute("DELETE FROM adapter_chats")  # made before there was such a table
    third = run_training(config, chats, "test", show=False)
    assert third["continues"] is not None
    assert chats_of_adapter(chats, find_adapter(chats, third["adapter"]).id) == set()


def test_unchanged_data_is_trained_again_when_the_adapter_must_go(
    chats: Database, config: Config
) -> None:
    run_training(config, chats, "test", show=False, max_steps=1, night="2026-01-10")
    chats.execute("DELETE FROM adapter_chats")
    chats.execute("UPDATE adapters SET status = 'live', promoted_at = 1")
    chats.execute("UPDATE training_runs SET started_at = 5")
    forget_chat(chats, upsert_chat(chats, "test", "mute", "Mute").id)
    again = run_training(config, chats, "nightly", show=False, max_steps=1, night="2026-01-11")
    assert "adapter" in again
    chats.execute("UPDATE adapters SET status = 'rejected' WHERE status != 'pruned'")
    last = run_training(config, chats, "nightly", show=False, max_steps=1, night="2026-01-12")
    assert "unchanged" in last["skipped"]


@pytest.mark.parametrize("step", ["train", "evaluate_and_finalize"])
def test_a_run_that_read_the_chat_is_thrown_away(
    chats: Database, config: Config, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real = vars(training_run)[step]

    def forgotten_before(*given: Any) -> Any:
        forget_chat(chats, find_chat(chats, "Ben").id)
        return real(*given)

    monkeypatch.setattr(training_run, step, forgotten_before)
    with pytest.raises(TwinError, match="forgotten while this run read it"):
        run_training(config, chats, "test", show=False)
    failed = latest_run(chats)
    assert failed is not None
    assert (failed.state, live_adapter(chats)) == ("failed", None)
    assert {adapter.status for adapter in list_adapters(chats)} <= {"pruned"}
    assert not any(config.path_of("adapters").iterdir())
    assert not config.path_of("runs").exists()
    assert not config.path_of("reports").exists()
    assert files_to_delete(chats) == []
    assert not is_unfinished(chats)
