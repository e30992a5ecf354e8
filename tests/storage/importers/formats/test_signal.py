"""Signal's own main.jsonl."""

import json
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import signal
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import T0, Sample, put, read, read_sample, seen

Frame = dict[str, Any]
ANN, BEN = "QW5uQWNpMTIzNDU2Nzg5MA==", "QmVuQWNpMTIzNDU2Nzg5MA=="
HEAD: list[Frame] = [
    {
        "version": "1",
        "backupTimeMs": str((T0 + 99) * 1000),
        "mediaRootBackupKey": "AAAA",
        "currentAppVersion": "Desktop 8.0.0",
        "firstAppVersion": "Desktop 7.1.0",
    },
    {"account": {"profileKey": "AAAA", "username": "ben.12", "givenName": "Ben", "familyName": ""}},
    {"recipient": {"id": "1", "self": {"avatarColor": "A100"}}},
    {"recipient": {"id": "2", "releaseNotes": {}}},
    {
        "recipient": {
            "id": "3",
            "contact": {
                "aci": ANN,
                "e164": "491700000001",
                "registered": {},
                "profileGivenName": "ann 🌱",
                "systemGivenName": "Ann",
                "systemFamilyName": "Ahn",
            },
        }
    },
    {
        "recipient": {
            "id": "4",
            "group": {
                "masterKey": "c2VjcmV0",
                "snapshot": {"title": {"title": "Picnic"}, "members": [{"userId": ANN}]},
            },
        }
    },
    {"chat": {"id": "1", "recipientId": "3", "expireTimerVersion": 1}},
    {"chat": {"id": "2", "recipientId": "4"}},
    {"chat": {"id": "3", "recipientId": "1"}},
    {"chat": {"id": "4", "recipientId": "2"}},
]


def item(second: int, author: str, chat: str = "1", **more: Any) -> Frame:
    way: Frame = {"incoming": {"dateReceived": str((T0 + second) * 1000 + 900), "read": True}}
    if author == "1":
        way = {"outgoing": {"sendStatus": [{"recipientId": "3", "read": {}}]}}
    sent = str((T0 + second) * 1000)
    return {"chatItem": {"chatId": chat, "authorId": author, "dateSent": sent, **way, **more}}


def said(second: int, author: str, body: str, chat: str = "1", **more: Any) -> Frame:
    return item(second, author, chat, standardMessage={"text": {"body": body}, **more})


def attached(type_: str, flag: str = "NONE") -> list[Frame]:
    pointer = {"contentType": type_, "fileName": "x.bin", "locatorInfo": {"size": 5}}
    return [{"pointer": pointer, "flag": flag, "wasDownloaded": True}]


QUOTE = {
    "targetSentTimestamp": str(T0 * 1000),
    "authorId": "3",
    "text": {"body": "hey there"},
    "type": "NORMAL",
}
EDITED = said(30, "1", "at nine")
EDITED["chatItem"]["revisions"] = [said(6, "1", "at eight")["chatItem"]]
MENTION = {
    "body": "ask \ufffc\nor \ufffc",
    "bodyRanges": [
        {"start": 9, "length": 1, "mentionAci": BEN},
        {"start": 0, "length": 3, "style": "BOLD"},
        {"start": 4, "length": 1, "mentionAci": ANN},
    ],
}
FRAMES: list[Frame] = [
    *HEAD,
    item(-1, "3", updateMessage={"simpleUpdate": {"type": "JOINED_SIGNAL"}}),
    said(0, "3", "hey there", reactions=[{"emoji": "👍", "authorId": "1"}]),
    said(4, "1", "在", quote=QUOTE),
    EDITED,
    item(7, "3", remoteDeletedMessage={}),
    item(8, "3", standardMessage={"attachments": attached("image/jpeg")}),
    item(9, "1", standardMessage={"attachments": attached("audio/aac", "VOICE_MESSAGE")}),
    item(10, "1", stickerMessage={"sticker": {"packId": "AA==", "emoji": "😀"}}),
    item(11, "3", updateMessage={"individualCall": {"type": "AUDIO_CALL", "state": "MISSED"}}),
    item(12, "3", contactMessage={"contact": {"name": {"givenName": "Zoe"}}}),
    item(13, "3", viewOnceMessage={}),
    item(14, "1", directStoryReplyMessage={"textReply": {"text": {"body": "lovely"}}}),
    item(15, "1", poll={"question": "When?", "options": [{"option": "now"}, {"option": "never"}]}),
    item(16, "3", "2", standardMessage={"text": MENTION}),
    item(17, "1", "2", updateMessage={"groupChange": {"updates": [{"groupNameUpdate": {}}]}}),
    said(18, "1", "milk, bread", "3"),
    said(19, "2", "News of Signal", "4"),
]


def lines(*frames: Frame) -> str:
    return "".join(json.dumps(frame, ensure_ascii=False) + "\n" for frame in frames)


SAMPLES = (Sample("main.jsonl", lines(*FRAMES)),)


def test_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "main.jsonl")
    assert seen(messages) == [
        ("Ann Ahn", False, "system", "simpleUpdate"),
        ("Ann Ahn", False, "text", "hey there"),
        ("Ben", True, "text", "在"),
        ("Ben", True, "text", "at nine"),
        ("Ann Ahn", False, "system", ""),
        ("Ann Ahn", False, "image", ""),
        ("Ben", True, "voice", ""),
        ("Ben", True, "sticker", ""),
        ("Ann Ahn", False, "call", ""),
        ("Ann Ahn", False, "contact", ""),
        ("Ann Ahn", False, "other", ""),
        ("Ben", True, "text", "lovely"),
        ("Ben", True, "other", ""),
        ("Ann Ahn", False, "text", "ask @Ann Ahn\nor @Ben"),
        ("Ben", False, "system", "groupChange"),
        ("Ben", True, "text", "milk, bread"),
        ("Signal", False, "system", "News of Signal"),
    ]
    assert [(m.chat_name, m.chat_kind) for m in messages[-5::2]] == [
        ("Ann Ahn", "direct"),
        ("Picnic", "group"),
        ("Signal", "direct"),
    ]
    assert messages[-2].chat_kind == "self"


def test_answers_edits_and_what_was_taken_back(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "main.jsonl")
    assert (messages[2].reply_to, messages[2].raw) == (messages[1].external_id, "hey there")
    assert (messages[3].edited, messages[3].sent_at) == (True, (T0 + 6) * 1000)
    assert [m.recalled for m in messages].index(True) == 4
    assert messages[4].sender_id == ANN


def test_a_groups_secret_is_not_kept(tmp_path: Path) -> None:
    kept = repr(read_sample(tmp_path, "main.jsonl"))
    assert "c2VjcmV0" not in kept
    assert "AAAA" not in kept


def test_a_later_export_brings_edits_and_deletions(db: Database, tmp_path: Path) -> None:
    before = [*HEAD, said(6, "1", "at eight"), said(7, "3", "secret"), said(8, "3", "hm")]
    early = put(tmp_path / "1", Sample("main.jsonl", lines(*before)))
    late = put(tmp_path / "2", SAMPLES[0])
    assert import_paths(db, [early]).new == 3
    import_paths(db, [late])
    rows = db.execute(
        "SELECT text FROM messages WHERE recalled_at IS NULL AND kind = 'text' ORDER BY sent_at"
    ).fetchall()
    words = [text for (text,) in rows]
    assert "at nine" in words
    assert "at eight" not in words


def test_frames_without_what_they_name_are_reported(tmp_path: Path) -> None:
    frames = [said(0, "9", "whose?"), said(0, "3", "where?", "9"), said(0, "3", "ok")]
    text = lines(*HEAD, *frames) + '{"chatItem": {"chatId": "1"\n[]\n'
    file = ExportFile(put(tmp_path, Sample("main.jsonl", text)))
    messages: list[ImportedMessage] = list(signal.read(file))
    assert [m.text for m in messages] == ["ok"]
    assert len(file.problems) == 4


def test_of_a_caption_and_a_file_the_words_stay(tmp_path: Path) -> None:
    frame = said(0, "3", "look", attachments=attached("application/pdf"))
    (message,) = read(put(tmp_path, Sample("main.jsonl", lines(*HEAD, frame))))
    assert (message.kind, message.text, message.raw) == ("file", "look", "x.bin")
