"""Messages of Teams as Microsoft Graph describes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import teams
from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]
MIRA, BEN = "1111-mira", "6666-ben"
NAMES = {MIRA: "Mira Groß", BEN: "Ben W"}
CHAT = f"19:{MIRA}_{BEN}@unq.gbl.spaces"


def row(second: int, sender: str | None, content: str, html: Any = True, **more: Any) -> Row:
    user = {"id": sender, "displayName": NAMES.get(sender or ""), "userIdentityType": "aadUser"}
    return {
        "id": f"17095512{second:02}567",
        "replyToId": None,
        "etag": "1",
        "messageType": "message",
        "createdDateTime": f"2024-03-04T11:20:{second:02}.567Z",
        "lastModifiedDateTime": "2024-03-04T11:25:02.1Z",
        "lastEditedDateTime": None,
        "deletedDateTime": None,
        "subject": None,
        "chatId": CHAT,
        "channelIdentity": None,
        "from": {"application": None, "device": None, "user": user} if sender else None,
        "body": {"contentType": "html" if html else "text", "content": content},
        "attachments": [],
        "mentions": [],
        "reactions": [],
        "eventDetail": None,
        **more,
    }


def attachment(type_: str, **more: Any) -> Row:
    return {"attachments": [{"id": "17", "contentType": type_, "contentUrl": None, **more}]}


def event(second: int, type_: str) -> Row:
    detail = {"@odata.type": f"#microsoft.graph.{type_}EventMessageDetail"}
    more = {"messageType": "unknownFutureValue", "eventDetail": detail}
    return row(second, None, "<systemEventMessage/>", **more)


QUOTE = {"messageId": "17", "messagePreview": "kommst du?", "messageSender": {"user": None}}
EMOJI = '<emoji id="smile" alt="😀" title="Smile"></emoji>'
ROWS = [
    row(0, MIRA, "kommst du?", html=False),
    row(
        1,
        BEN,
        '<attachment id="17"></attachment>\n<p>ja, <at id="0">Mira</at>&nbsp;&amp; um acht</p>',
        **attachment("messageReference", content=json.dumps(QUOTE)),
    ),
    row(2, MIRA, f"<div><div>schön {EMOJI}</div></div>"),
    row(3, BEN, '<p><img src="https://graph.microsoft.com/v1.0/x" width="5" alt="image"></p>'),
    row(
        4, MIRA, '<attachment id="17"></attachment>', **attachment("reference", name="Plan B.docx")
    ),
    row(5, MIRA, '<attachment id="17"></attachment>', **attachment("forwardedMessageReference")),
    event(6, "callStarted"),
    event(7, "membersAdded"),
    row(8, BEN, "", html=False, deletedDateTime="2024-03-04T11:30:00Z"),
    row(9, BEN, "<p>um neun</p>", lastEditedDateTime="2024-03-04T11:30:00Z"),
]
INFO = {
    "id": CHAT,
    "topic": None,
    "chatType": "oneOnOne",
    "members": [
        {"displayName": name, "userId": id_, "email": f"{id_}@example.org"}
        for id_, name in NAMES.items()
    ],
}
EXPORT = {"exportedBy": "PowerShell Script", "chatInfo": INFO, "messages": ROWS}
SAMPLES = (
    Sample("teams-chat-export.json", as_json(EXPORT), me="Ben W"),
    Sample("messages-00000.json", as_json(ROWS), me="Ben W"),
)
SEEN = [
    ("Mira Groß", None, "text", "kommst du?"),
    ("Ben W", None, "text", "ja, Mira & um acht"),
    ("Mira Groß", None, "text", "schön 😀"),
    ("Ben W", None, "image", ""),
    ("Mira Groß", None, "file", ""),
    ("Mira Groß", None, "forward", ""),
    ("", False, "call", ""),
    ("", False, "system", "membersAddedEventMessageDetail"),
    ("Ben W", None, "system", ""),
    ("Ben W", None, "text", "um neun"),
]


def of(tmp_path: Path, value: Any) -> list[ImportedMessage]:
    return read(put(tmp_path, Sample("teams.json", as_json(value, indent=None))))


@pytest.mark.parametrize("name", [sample.name for sample in SAMPLES])
def test_teams(tmp_path: Path, name: str) -> None:
    messages = read_sample(tmp_path, name)
    assert seen(messages) == SEEN
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        (CHAT, "Mira Groß, Ben W", "direct")
    }
    answer, file, deleted, edited = messages[1], messages[4], messages[8], messages[9]
    assert (answer.reply_to, answer.raw) == ("17", "kommst du?")
    assert (file.raw, deleted.recalled, edited.edited) == ("Plan B.docx", True, True)
    assert messages[0].sent_at == 1709551200567


def test_an_address_is_a_name_for_me(tmp_path: Path) -> None:
    assert of(tmp_path, EXPORT)[1].account == f"{BEN}@example.org"


def test_a_page_of_graph_and_a_file_a_message(tmp_path: Path) -> None:
    page = {"@odata.context": "x", "@odata.count": 10, "value": ROWS}
    assert seen(of(tmp_path, page)) == SEEN
    assert [m.text for m in of(tmp_path, ROWS[0])] == ["kommst du?"]


def test_replies_of_a_channel(tmp_path: Path) -> None:
    channel = {"chatId": None, "channelIdentity": {"teamId": "t", "channelId": "19:c"}}
    reply = row(2, BEN, "<p>ja</p>", replyToId="1", **channel)
    post = row(1, MIRA, "<p>wer kommt?</p>", replies=[reply], **channel)
    messages = of(tmp_path, {"value": [post]})
    assert [(m.text, m.reply_to, m.chat_id, m.chat_kind) for m in messages] == [
        ("wer kommt?", None, "19:c", "group"),
        ("ja", "1", "19:c", "group"),
    ]


def test_mails_of_graph_are_no_chat(tmp_path: Path) -> None:
    mail = {**row(1, MIRA, "<p>x</p>"), "receivedDateTime": "2024-03-04T11:20:00Z"}
    path = put(tmp_path, Sample("mail.json", as_json({"value": [mail]})))
    assert not teams.recognizes(ExportFile(path))


def test_somebody_whose_name_is_gone(tmp_path: Path) -> None:
    rows = [row(0, MIRA, "ok", html=False), row(1, MIRA, "hi", html=False) | {"from": None}]
    messages = read(put(tmp_path, Sample("teams.json", as_json(rows))))
    assert (messages[1].sender_name, messages[1].text) == ("Unknown user", "hi")


@pytest.mark.parametrize(
    "broken", [{"createdDateTime": "gestern"}, {"from": {"user": 5}, "body": {"content": 5}}]
)
def test_a_broken_row_is_left_out_and_reported(tmp_path: Path, broken: Row) -> None:
    rows = [row(0, MIRA, "ok", html=False), row(1, MIRA, "x") | broken, None]
    file = ExportFile(put(tmp_path, Sample("teams.json", as_json(rows))))
    assert [m.text for m in teams.read(file)] == ["ok"]
    assert len(file.problems) == 2
