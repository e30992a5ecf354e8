from typing import Any

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import NewMessage, Origin, log_message
from training.dataset.audit import audit, shortened
from training.dataset.build import build
from training.dataset.pair_chats import unknown_exclusions
from training.dataset.pairing import OPENING
from training.dataset.samples import HOLDS_BLOCKED, NOT_TEXT, Sample
from twin.config.schema import Config, PrivacySettings
from twin.privacy.learning import EXCLUDED

HOUR = 3_600_000
FIRST, SECOND = "13812345678", "13987654321"


def with_privacy(config: Config, **settings: object) -> Config:
    return config.model_copy(update={"privacy": PrivacySettings.model_validate(settings)})


def say(db: Database, chat: str, *said: tuple[Origin, str], at: int = 0) -> int:
    found = upsert_chat(db, "test", f"id-{chat}", chat).id
    for number, (origin, text) in enumerate(said):
        log_message(db, NewMessage(found, origin, text, at + number * 1000))
    return found


@pytest.fixture
def two_chats(db: Database) -> Database:
    say(db, "Anna", ("peer", "your number?"), ("owner", f"it's {FIRST}"))
    say(db, "Anna", ("peer", f"{FIRST}?"), ("owner", f"no, {SECOND}"), at=10 * HOUR)
    say(db, "Ben", ("peer", f"call {SECOND}"), ("owner", "ok"), at=20 * HOUR)
    return db


def sides(db: Database, config: Config) -> list[tuple[str, str]]:
    return [(sample.input, sample.output) for sample in samples(db, config)]


def samples(db: Database, config: Config) -> list[Sample]:
    built = build(db, config)
    return [*built.train, *built.held_out]


def accounted(report: dict[str, Any]) -> bool:
    used = report["target"] + report["context"]
    return bool(used + sum(report["dropped"].values()) == report["messages"])


def test_values_are_replaced_on_both_sides_and_numbered_by_chat(
    two_chats: Database, config: Config
) -> None:
    assert sides(two_chats, config) == [
        ("your number?", "it's [PHONE_1]"),
        ("[PHONE_1]?", "no, [PHONE_2]"),
        ("call [PHONE_1]", "ok"),
    ]
    report = build(two_chats, config).report
    assert report["masked"] == {"PHONE": 4}
    assert accounted(report)


def test_without_masking_everything_stays(two_chats: Database, config: Config) -> None:
    plain = with_privacy(config, mask=False)
    assert (f"{FIRST}?", f"no, {SECOND}") in sides(two_chats, plain)
    built = build(two_chats, plain)
    assert built.report["masked"] == {}
    assert built.hash != build(two_chats, config).hash


def test_only_what_is_learnt_is_counted(two_chats: Database, config: Config) -> None:
    newest = config.dataset.model_copy(update={"max_samples": 2})
    report = build(two_chats, config.model_copy(update={"dataset": newest})).report
    assert report["masked"] == {"PHONE": 3}
    assert accounted(report)


def test_a_message_with_a_blocked_word_is_not_used(db: Database, config: Config) -> None:
    said: list[tuple[Origin, str]] = [
        ("peer", "how is Project ＯＲＩＯＮ?"),
        ("peer", "and you?"),
        ("owner", "fine"),
        ("owner", "orion is late"),
    ]
    say(db, "Anna", *said)
    blocked = with_privacy(config, blocked_words=["Orion"])
    assert sides(db, blocked) == [("and you?", "fine")]
    report = build(db, blocked).report
    assert report["dropped"] == {HOLDS_BLOCKED: 2}
    assert accounted(report)


def test_an_answer_to_blocked_words_alone_is_not_learnt(db: Database, config: Config) -> None:
    say(db, "Anna", ("peer", "orion?"), ("owner", "yes"))
    report = build(db, with_privacy(config, blocked_words=["orion"])).report
    assert report["answers"] == 0
    assert report["dropped"] == {HOLDS_BLOCKED: 1, OPENING: 1}
    assert accounted(report)


def test_what_is_no_text_is_no_blocked_text(db: Database, config: Config) -> None:
    chat = say(db, "Anna", ("peer", "hi"), ("owner", "hello"))
    log_message(db, NewMessage(chat, "owner", "orion.jpg", 1500, kind="image"))
    report = build(db, with_privacy(config, blocked_words=["orion"])).report
    assert report["dropped"] == {NOT_TEXT: 1}


@pytest.mark.parametrize("wanted", ["Anna", " anna ", "id-Anna", "ＡＮＮＡ", "1"])
def test_an_excluded_chat_is_never_learnt_from(
    two_chats: Database, config: Config, wanted: str
) -> None:
    excluding = with_privacy(config, excluded_chats=[wanted])
    assert sides(two_chats, excluding) == [("call [PHONE_1]", "ok")]
    report = build(two_chats, excluding).report
    assert report["dropped"] == {EXCLUDED: 4}
    assert report["masked"] == {"PHONE": 1}
    assert accounted(report)


def test_part_of_a_name_excludes_nothing_and_is_told(
    two_chats: Database, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    excluding = with_privacy(config, excluded_chats=["Ann", "2", "Zoe"])
    assert unknown_exclusions(two_chats, excluding) == ["Ann", "Zoe"]
    assert len(samples(two_chats, excluding)) == 2
    assert "no chat is 'Zoe'" in caplog.text
    assert "'2'" not in caplog.text


def test_the_audit_shows_where_and_never_the_value(two_chats: Database, config: Config) -> None:
    say(two_chats, "Ben", ("peer", "flight 12345"), ("owner", "good"), at=30 * HOUR)
    found = audit(two_chats, with_privacy(config, mask=False), limit=3)
    assert found["mask"] is False
    assert found["masked"] == {"PHONE": 4}
    assert [(item["chat"], item["by"], item["value"]) for item in found["replaced"]] == [
        ("Anna", "friend", "1…8"),
        ("Anna", "you", "1…1"),
        ("Ben", "friend", "1…1"),
    ]
    assert found["replaced"][0]["answered_at"] == 10 * HOUR + 1000
    assert [item["text"] for item in found["untouched"]] == ["flight 12345"]
    assert FIRST not in str(found)


def test_the_audit_lists_lines_of_a_platform(two_chats: Database, config: Config) -> None:
    line = NewMessage(1, "owner", "missed call", HOUR, kind="system", source="import:recipe")
    log_message(two_chats, line)
    assert audit(two_chats, config, limit=3)["platform_lines"] == [
        {"line": "missed call", "messages": 1, "chats": 1}
    ]


def test_a_short_value_is_not_shown_at_all() -> None:
    assert [shortened(value) for value in ("abc", "abcd", "4821")] == ["…", "a…d", "4…1"]
