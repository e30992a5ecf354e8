"""The appointments that the model is shown."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.edits import change_wording
from storage.messages import NewMessage, Origin, log_message, mark_recalled
from storage.people import link_chats, unlink_chat
from twin.config.schema import Config, PrivacySettings
from twin.memory.line import Line
from twin.memory.lookup import look_up
from twin.memory.plans import plans_of

ZONE = ZoneInfo("Asia/Shanghai")


def at(local: str) -> int:
    """A time such as "03-11 10:20" of 2026, in UTC milliseconds."""
    return round(datetime.fromisoformat(f"2026-{local}").replace(tzinfo=ZONE).timestamp() * 1000)


def say(db: Database, chat: int, origin: Origin, text: str, when: str) -> None:
    message = NewMessage(chat, origin, text, at(when), external_id=f"{chat} {when} {text}")
    assert log_message(db, message)


def dinner(db: Database, chat: int) -> None:
    say(db, chat, "peer", "dinner at 7 tomorrow?", "03-11 10:20")
    say(db, chat, "owner", "ok!", "03-11 10:21")


def shown(db: Database, config: Config, when: str, *chats: int) -> list[str]:
    return [line.text for line in plans_of(db, config, chats or (1,), at(when), ZONE)]


def test_until_it_has_passed(db: Database, config: Config) -> None:
    dinner(db, upsert_chat(db, "web", "ann", "Ann").id)
    assert shown(db, config, "03-11 10:21") == []  # the yes is not yet said
    assert shown(db, config, "03-11 11:00") == ["tomorrow, Thursday 12 March, 19:00: dinner"]
    assert shown(db, config, "03-12 09:00") == ["today, Thursday 12 March, 19:00: dinner"]
    assert shown(db, config, "03-12 21:59") == ["today, Thursday 12 March, 19:00: dinner"]
    assert shown(db, config, "03-12 22:01") == []


def test_in_no_calendars_years_nothing_is_planned(db: Database, config: Config) -> None:
    dinner(db, upsert_chat(db, "web", "ann", "Ann").id)
    for said_at in (2**62, -(2**62)):
        db.execute("UPDATE messages SET sent_at = ? + id", [said_at])
        assert plans_of(db, config, [1], said_at + 5, ZONE) == []


def test_in_the_words_and_the_language_of_the_chat(db: Database, config: Config) -> None:
    chat = upsert_chat(db, "web", "ann", "Ann").id
    say(db, chat, "peer", "周五晚上吃火锅吗", "03-11 10:20")
    say(db, chat, "owner", "可以", "03-11 10:21")
    say(db, chat, "owner", "i'm in berlin this weekend", "03-11 10:22")
    say(db, chat, "owner", "see you on the 2nd of january", "03-11 10:23")
    assert shown(db, config, "03-11 11:00") == [
        "后天，3月13日星期五，晚上：吃火锅",
        "Saturday 14 March to Sunday 15 March: i'm in berlin",
        "Saturday 2 January 2027: see you",
    ]


def test_it_names_its_messages_and_whose_words_it_has(db: Database, config: Config) -> None:
    dinner(db, upsert_chat(db, "web", "ann", "Ann").id)
    (line,) = plans_of(db, config, [1], at("03-11 11:00"), ZONE)
    assert line == Line(line.text, (1, 2), at("03-11 10:20"), "plan", "friend")


def test_from_that_persons_chats_alone(db: Database, config: Config) -> None:
    ann, other, ben = (upsert_chat(db, "web", name, "Ann").id for name in ("a", "b", "c"))
    dinner(db, ann)
    config = with_memory(config)

    def found(chat: int) -> list[str]:
        lines = look_up(db, config, chat, "hello", before=at("03-11 11:00"))
        return [line.text for line in lines if line.kind == "plan"]

    assert found(ann)
    assert not found(ben)  # of the same name
    link_chats(db, ann, other)
    assert found(other) == found(ann)
    unlink_chat(db, other)
    assert not found(other)


def test_what_is_taken_back_changed_or_blocked_is_no_plan(db: Database, config: Config) -> None:
    chat = upsert_chat(db, "web", "ann", "Ann").id
    dinner(db, chat)
    blocked = config.model_copy(update={"privacy": PrivacySettings(blocked_words=("dinner",))})
    assert shown(db, blocked, "03-11 11:00") == []
    key = f"{chat} 03-11 10:20 dinner at 7 tomorrow?"
    change_wording(db, chat, key, "dinner at 8 tomorrow?", at=at("03-11 10:50"))
    assert shown(db, config, "03-11 11:00") == ["tomorrow, Thursday 12 March, 20:00: dinner"]
    mark_recalled(db, chat, key, at("03-11 10:55"))
    assert shown(db, config, "03-11 11:00") == []


def test_the_twin_agrees_to_nothing(db: Database, config: Config) -> None:
    chat = upsert_chat(db, "web", "ann", "Ann").id
    say(db, chat, "peer", "dinner at 7 tomorrow?", "03-11 10:20")
    say(db, chat, "twin", "ok!", "03-11 10:21")
    assert shown(db, config, "03-11 11:00") == []


def with_memory(config: Config) -> Config:
    memory = config.memory.model_copy(update={"enabled": True, "embeddings": ""})
    schedule = config.schedule.model_copy(update={"timezone": ZONE.key})
    return config.model_copy(update={"memory": memory, "schedule": schedule})
