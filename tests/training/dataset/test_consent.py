"""Where a platform's rules ask for consent, nothing is learnt without it."""

import json
import logging
from pathlib import Path

import pytest
from sqlite_utils import Database

import bot
from storage.adapters import find_adapter, list_adapters, promote
from storage.chats import all_chats, find_chat, upsert_chat
from storage.consent import consent_of, record_consent, withdraw_consent
from storage.errors import InputError
from storage.messages import NewMessage, log_message
from storage.runs import latest_run
from tests.registry import enter_adapter
from training.dataset.audit import audit
from training.dataset.browser import SampleBrowser
from training.dataset.build import build
from training.dataset.figures import dataset_figures
from training.run import run_training
from training.warm_start import to_continue
from twin.config.load import load_config
from twin.config.schema import Config
from twin.diagnostics import doctor
from twin.diagnostics.doctor import diagnose_running
from twin.diagnostics.findings import Check
from twin.privacy.learning import NO_CONSENT, WITHDRAWN

MINUTE = 60_000
PLATFORM = "telegram"


@pytest.fixture
def lenient(config: Config) -> Config:
    """Settings by which Telegram's chats are learnt from without asking."""
    text = config.path.read_text("utf-8") + "\n[connectors.telegram]\nlearn = true\n"
    path = config.path.with_name("lenient.toml")
    path.write_text(text, encoding="utf-8")
    return load_config(path)


@pytest.fixture
def chat(chats: Database) -> int:
    """A chat on Telegram, beside the two that need nothing."""
    found = upsert_chat(chats, PLATFORM, "userzoe", "Zoe").id
    for number in range(20):
        log_message(
            chats, NewMessage(found, "peer", f"zebra {number} 0151 12345678", number * MINUTE)
        )
        log_message(chats, NewMessage(found, "owner", "fine 0151 12345678", number * MINUTE + 1000))
    return found


def chats_learnt(db: Database, config: Config) -> set[int]:
    built = build(db, config)
    return {sample.chat_id for sample in (*built.train, *built.held_out)}


def test_without_it_nothing_is_learnt_evaluated_or_shown(
    chats: Database, config: Config, lenient: Config, chat: int
) -> None:
    assert chat in chats_learnt(chats, lenient)
    for rules in ("sessions", "classic"):
        assert chat not in chats_learnt(chats, config.with_rules(rules))
    report = build(chats, config).report
    assert report["dropped"] == {NO_CONSENT: 40}
    assert report["chats_without_consent"] == 1
    assert report["messages"] == report["target"] + report["context"] + 40
    assert "Zoe" not in str(audit(chats, config, 99))
    assert "zebra" not in str(build(chats, config).train)
    [sample, *_] = SampleBrowser(config.path).of_chat(chat).samples
    assert sample.chat_out == NO_CONSENT


def test_with_it_the_chat_is_learnt_until_it_is_withdrawn(
    chats: Database, config: Config, chat: int
) -> None:
    record_consent(chats, chat, None, 1)
    built = build(chats, config)
    assert chat in chats_learnt(chats, config)
    assert built.report["chats_without_consent"] == 0
    withdraw_consent(chats, chat, None, 2)
    assert chat not in chats_learnt(chats, config)
    assert build(chats, config).report["dropped"] == {WITHDRAWN: 40}
    assert build(chats, config).report["chats_without_consent"] == 0  # they said no


def test_a_refusal_counts_on_every_platform(chats: Database, lenient: Config, chat: int) -> None:
    ann = find_chat(chats, "Ann").id
    assert {chat, ann} <= chats_learnt(chats, lenient)
    for refused in (chat, ann):
        withdraw_consent(chats, refused, None, 1)
    assert chats_learnt(chats, lenient).isdisjoint({chat, ann})


def test_learning_from_all_is_the_owners_choice_and_told(chats: Database, lenient: Config) -> None:
    check = doctor._consent(lenient, chats)
    assert check.verdict == "warn"
    assert "[connectors.telegram] learn is on" in check.found


def test_a_warm_start_brings_none_of_it_back(
    chats: Database,
    config: Config,
    chat: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The live adapter learnt from the chat before the rule was there."""
    going_on = config.model_copy(
        update={"train": config.train.model_copy(update={"strategy": "continue"})}
    )
    enter_adapter(chats, "before", chats=[chat], trained_until=5)
    promote(chats, "before")
    monkeypatch.setattr("training.warm_start.check_adapter", lambda *_: None)
    monkeypatch.setattr("training.warm_start._has_shape_of", lambda *_: True)
    with caplog.at_level(logging.INFO):
        assert to_continue(going_on, chats) is None
    assert "lack consent" in caplog.text
    record_consent(chats, chat, None, 1)
    assert to_continue(going_on, chats) == find_adapter(chats, "before")


def test_too_few_samples_say_that_consent_is_missing(db: Database, config: Config) -> None:
    found = upsert_chat(db, PLATFORM, "userzoe", "Zoe").id
    for number in range(20):
        log_message(db, NewMessage(found, "peer", f"hi {number}", number * MINUTE))
        log_message(db, NewMessage(found, "owner", "ho", number * MINUTE + 1000))
    with pytest.raises(InputError, match="consent for 1 chat"):
        run_training(config, db, "test", show=False)
    run = latest_run(db)
    assert run is not None
    assert run.state == "failed"


def test_the_doctor_says_what_to_do(
    chats: Database, config: Config, chat: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_base", lambda _: Check("base model", "ok", "not looked into"))

    def consent() -> str:
        [check] = [each for each in diagnose_running(config) if each.name == "consent"]
        return f"{check.verdict}: {check.found}; {check.remedy}"

    upsert_chat(chats, PLATFORM, "usersilent", "Silent")  # nothing to learn there
    bot_father = upsert_chat(chats, PLATFORM, "93372553", "BotFather").id  # nobody to ask
    log_message(chats, NewMessage(bot_father, "owner", "/newbot", 1))
    assert consent().startswith("warn: chats that are answered but not learnt from: 1;")
    assert "bot.py chats consent" in consent()
    record_consent(chats, chat, None, 1)
    assert consent().startswith("ok")


@pytest.mark.slow
def test_the_report_names_the_remedy(
    chats: Database, config: Config, chat: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dataset_figures(chats, config)["chats_without_consent"] == 1
    for command in ("build", "report"):
        assert bot.main(["dataset", command, "--config", str(config.path)]) == 0
        said = capsys.readouterr().out
        assert NO_CONSENT in said
        assert "bot.py chats consent CHAT" in said
    page = (config.data / "reports" / "dataset.html").read_text("utf-8")
    assert "bot.py chats consent CHAT" in page


def run(config: Config, *given: str) -> int:
    return bot.main(["chats", "consent", *given, "--config", str(config.path)])


def test_recorded_listed_and_withdrawn_by_command(
    chats: Database, config: Config, chat: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "Zoe", "--by", "Zoe herself") == 0
    said = consent_of(chats, chat)
    assert said is not None
    assert (said.by, said.agreed) == ("Zoe herself", True)
    enter_adapter(chats, "learnt", chats=[chat])
    folder = config.path_of("adapters", "learnt")
    folder.mkdir(parents=True)
    report = config.path_of("reports", "run-1", "report.md")
    report.parent.mkdir(parents=True)
    report.write_text("zebra", encoding="utf-8")
    capsys.readouterr()
    assert run(config) == 0
    assert "Zoe herself" in capsys.readouterr().out
    assert run(config, "Zoe", "--withdraw") == 0
    assert "adapters marked: 1" in capsys.readouterr().out
    assert [adapter.status for adapter in list_adapters(chats)] == ["pruned"]
    assert not folder.exists()
    assert not report.exists()
    assert chat not in chats_learnt(chats, config)
    assert run(config, "--withdraw") == 2


def test_an_import_says_so(
    config: Config, db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "messages.json"
    rows = [("Zoe", False, "hi"), ("me", True, "ho")]
    file.write_text(
        json.dumps(
            {
                "chatlab": {"version": "0.0.1"},
                "meta": {"name": "Zoe", "platform": PLATFORM, "type": "private", "ownerId": "me"},
                "members": [{"platformId": name, "accountName": name} for name, _, _ in rows],
                "messages": [
                    {
                        "sender": name,
                        "accountName": name,
                        "timestamp": 1_700_000_000 + at,
                        "type": 0,
                        "content": text,
                    }
                    for at, (name, _, text) in enumerate(rows)
                ],
            }
        ),
        encoding="utf-8",
    )
    command = ["import", str(file), "--me", "me", "--config", str(config.path)]
    for options in (["--dry-run"], []):
        assert bot.main([*command, *options]) == 0
        assert "1 chat is answered but not learnt from" in capsys.readouterr().out
    record_consent(db, all_chats(db)[0].id, None, 1)
    assert bot.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chats_without_consent"] == 0
