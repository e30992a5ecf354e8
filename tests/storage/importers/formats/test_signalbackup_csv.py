"""signalbackup-tools' CSV of the table of messages."""

from pathlib import Path
from typing import Any

from tests.storage.importers.samples import Sample, as_csv, put, read, read_sample, seen

COLUMNS = ["_id", "date_sent", "date_received", "thread_id", "from_recipient_id", "type", "body"]
COLUMNS += ["quote_id", "quote_body", "remote_deleted", "latest_revision_id", "original_message_id"]
IN, OUT = 0xA00000 | 20, 0xA00000 | 23


def row(number: int, thread: int, sender: int, type_: int, body: str, *rest: Any) -> list[Any]:
    at = 1682935200123 + number * 1000
    more = [*rest, *[""] * (5 - len(rest))]
    return [number, at, at + 50, thread, sender, type_, body, *more]


MESSAGES = as_csv(
    COLUMNS,
    row(1, 4, 2, IN, 'hey, "bist" du\nda?'),
    row(2, 4, 1, OUT, "ja", 1682935201123, "hey"),
    row(3, 4, 1, OUT, "um acht", "", "", 0, 4),
    row(4, 4, 1, OUT, "um neun", "", "", 0, "", 3),
    row(5, 4, 2, IN, "", "", "", 1),
    row(6, 4, 2, IN, ""),
    row(7, 4, 2, 3, ""),
    row(8, 4, 2, 7, "CiAKBU1pcmE="),
    row(9, 4, 1, 27, "not sent"),
    row(10, 5, 2, IN | 0x10000 | 0x80000, "EkIKEJ"),
    row(11, 5, 3, IN | 0x80000, "who's in?"),
)
BESIDE = {
    "recipient.csv": as_csv(
        ["_id", "e164", "group_id", "system_joined_name", "profile_joined_name"],
        [1, "+491", "", "", "Ben"],
        [2, "+492", "", "Mira Groß", "mira"],
        [3, "+493", "", "", ""],
        [7, "", "__signal_group__v2__!ab", "", ""],
    ),
    "thread.csv": as_csv(["_id", "recipient_id"], [4, 2], [5, 7]),
    "groups.csv": as_csv(["_id", "recipient_id", "title"], [1, 7, "Bergziegen"]),
}

SAMPLES = (Sample("message.csv", MESSAGES, beside=BESIDE),)


def test_messages_with_the_tables_of_names(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "message.csv")
    assert seen(messages) == [
        ("Mira Groß", False, "text", 'hey, "bist" du\nda?'),
        ("Ben", True, "text", "ja"),
        ("Ben", True, "text", "um neun"),
        ("Mira Groß", False, "system", ""),
        ("Mira Groß", False, "other", ""),
        ("", False, "call", ""),
        ("", False, "system", ""),
        ("", False, "system", ""),
        ("+493", False, "text", "who's in?"),
    ]
    assert [m.recalled for m in messages].index(True) == 3
    assert [m.edited for m in messages].index(True) == 2
    assert messages[0].sent_at == 1682935201123
    assert {(m.chat_name, m.chat_kind) for m in messages} == {
        ("Mira Groß", "direct"),
        ("Bergziegen", "group"),
    }


def test_without_them_people_and_chats_go_by_number(tmp_path: Path) -> None:
    messages = read(put(tmp_path, Sample("message.csv", MESSAGES)))
    assert {(m.chat_name, m.chat_kind) for m in messages} == {
        ("Signal 4", "direct"),
        ("Signal 5", "group"),
    }
    assert messages[1].sender_name == "1"
