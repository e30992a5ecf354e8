"""Slack's own export."""

from pathlib import Path
from typing import Any

import pytest

from storage.importers.file import ExportFile
from storage.importers.formats import slack
from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]


def row(second: int, user: str, said: str, **more: Any) -> Row:
    return {
        "client_msg_id": f"id-{second}",
        "type": "message",
        "user": user,
        "text": said,
        "ts": f"16829352{second:02}.000100",
        "team": "T1",
        **more,
    }


def user(id_: str, name: str, shown: str, real: str) -> Row:
    profile = {"real_name": real, "display_name": shown}
    return {"id": id_, "name": name, "real_name": real, "profile": profile}


USERS = as_json([user("U1", "ben.s", "", "Ben Stone"), user("U2", "mira", "Mira 🌱", "Mira Groß")])
DMS = as_json([{"id": "D0ABC1234", "created": 1, "members": ["U2", "U1"]}])
ROWS = [
    row(0, "U2", "<@U2> has joined the channel", subtype="channel_join"),
    row(1, "U2", "hey <@U1>, <!here> see <https://a.b/c|the plan> &amp; <#C1|general> 1 &lt; 2"),
    row(2, "U1", "<https://a.b>\nok", edited={"user": "U1", "ts": "1682935205.0"}),
    row(3, "U1", "yes", thread_ts="1682935201.000100", parent_user_id="U2"),
    row(4, "U2", "", files=[{"id": "F1", "name": "a.png", "mimetype": "image/png"}], upload=False),
    row(5, "U1", "", attachments=[{"is_share": True, "text": "their words"}]),
    row(6, "U2", "", subtype="huddle_thread", room={"id": "R1"}),
    {**row(7, "", "deploy done", subtype="bot_message", bot_id="B1", username="Deploys")},
    row(8, "U9", "who?", user_profile={"real_name": "Zoe", "name": "zoe"}),
    row(9, "USLACKBOT", "This message was deleted.", subtype="tombstone", hidden=True),
]
DAY = as_json(ROWS)
SAMPLES = (
    Sample("general/2023-05-01.json", DAY, me="Ben Stone", beside={"users.json": USERS}),
    Sample(
        "D0ABC1234/2023-05-01.json",
        as_json(ROWS[1:3]),
        me="ben.s",
        beside={"users.json": USERS, "dms.json": DMS},
    ),
)


def test_a_channel(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "general/2023-05-01.json")
    assert seen(messages) == [
        ("", False, "system", "@Mira 🌱 has joined the channel"),
        ("Mira 🌱", None, "text", "hey @Ben Stone, @here see the plan & #general 1 < 2"),
        ("Ben Stone", None, "text", "https://a.b\nok"),
        ("Ben Stone", None, "text", "yes"),
        ("Mira 🌱", None, "image", ""),
        ("Ben Stone", None, "forward", ""),
        ("", False, "call", ""),
        ("Deploys", None, "text", "deploy done"),
        ("Zoe", None, "text", "who?"),
        ("", False, "system", "This message was deleted."),
    ]
    assert {(m.chat_id, m.chat_kind) for m in messages} == {("general", "group")}
    assert (messages[3].reply_to, messages[1].external_id) == ("1682935201.000100",) * 2
    assert messages[2].edited
    assert messages[0].sent_at == 1682935200000


def test_a_direct_chat_is_called_by_its_people(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "D0ABC1234/2023-05-01.json")
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Mira 🌱, Ben Stone", "direct")}
    assert messages[1].account == "ben.s"


def test_without_users_people_are_ids(tmp_path: Path) -> None:
    (message,) = read(
        put(tmp_path, Sample("x/2023-05-01.json", as_json([row(1, "U1", "<@U2> hi")])))
    )
    assert (message.sender_name, message.text) == ("U1", "@U2 hi")


@pytest.mark.parametrize(
    "broken", [{"ts": "soon"}, {"user": None}, {"text": 5}, {"ts": "99999999999"}]
)
def test_a_broken_row_is_reported(tmp_path: Path, broken: Row) -> None:
    text = as_json([row(1, "U1", "hi"), row(2, "U1", "x") | broken])
    file = ExportFile(put(tmp_path, Sample("x/1.json", text)))
    assert [m.text for m in slack.read(file)] == ["hi"]
    assert len(file.problems) == 1


def test_uploads_of_old_exports_and_quotes(tmp_path: Path) -> None:
    uploaded = "<@U1|ben.s> uploaded a file: <https://x/a.png|a.png>"
    old = {"subtype": "file_share", "file": {"name": "a.png", "mimetype": "image/png"}}
    comment = {"user": "U1", "comment": "mine"}
    rows = [
        row(1, "U1", f"{uploaded} and commented: look", **old),
        row(2, "U1", uploaded, **old),
        row(3, "", "<@U1> commented on …", subtype="file_comment", comment=comment),
        row(4, "U1", "&gt; why?\nso"),
        row(5, "U1", "&gt; all of it"),
        row(7, "U1", "&gt;why?\n&gt;\n&gt; so?\nsince"),
        row(6, "", "of a program", subtype="bot_message"),
    ]
    messages = read(put(tmp_path, Sample("x/1.json", as_json(rows))))
    assert [(m.sender_id, m.kind, m.text) for m in messages] == [
        ("U1", "image", "look"),
        ("U1", "image", ""),
        ("U1", "text", "mine"),
        ("U1", "text", "so"),
        ("U1", "text", "> all of it"),
        ("U1", "text", "since"),
        ("bot_message", "text", "of a program"),
    ]
