"""Skype's messages.json, and that of Teams for personal accounts."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import skype
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]
MIRA, BEN = "8:live:mira_1", "8:ben"


def row(second: int, sender: str, content: str, type_: str = "RichText", **more: Any) -> Row:
    return {
        "id": f"15940560{second:02}609",
        "displayName": "Mira Groß" if sender == MIRA else None,
        "originalarrivaltime": f"2020-07-06T17:20:{second:02}.609Z",
        "messagetype": type_,
        "version": 1594056000609.0,
        "content": content,
        "conversationid": MIRA,
        "from": sender,
        "properties": None,
        "amsreferences": None,
        **more,
    }


def conversation(id_: str, rows: list[Any], **more: Any) -> Row:
    return {
        "id": id_,
        "displayName": "Mira Groß",
        "version": 1594056000609.0,
        "properties": {"conversationblocked": False, "lastimreceivedtime": None},
        "threadProperties": None,
        "messages": None,
        "MessageList": rows,
        **more,
    }


def export(*conversations: Row, owner: str = BEN) -> str:
    head = {"userId": owner, "exportDate": "2020-07-06T20:55"}
    return as_json({**head, "conversations": list(conversations)}, indent=None)


def uri(type_: str, name: str) -> str:
    link = "https://login.skype.com/login/sso?go=webclient.xmm&amp;docid=0-weu"
    return (
        f'<URIObject uri="https://api.asm.skype.com/v1/objects/0-weu" type="{type_}">To view this '
        f'shared photo, go to: <a href="{link}">{link}</a><OriginalName v="{name}"></OriginalName>'
        '<FileSize v="447"></FileSize></URIObject>'
    )


def quote(said: str, author: str = "Mira Groß") -> str:
    return (
        f'<quote author="live:mira_1" authorname="{author}" timestamp="1594056000" '
        f'conversation="live:mira_1" messageid="1594056000609" cuid="1"><legacyquote>[17:20:00] '
        f"{author}: </legacyquote>{said}<legacyquote>\r\n\r\n&lt;&lt;&lt; </legacyquote></quote>"
    )


CALL = '<partlist type="ended" alt=""><part identity="ben"><name>Ben</name></part></partlist>'
ADDED = "<addmember><eventtime>1</eventtime><initiator>8:ben</initiator></addmember>"
EYES = '<ss type="1f440_eyes">(1f440_eyes)</ss>'
ROWS = [  # as they stand in the file, the newest first
    row(11, BEN, "", properties={"deletetime": "1594056099000"}),
    row(10, "8:ben", ADDED, "ThreadActivity/AddMember"),
    row(9, MIRA, CALL, "Event/Call"),
    row(8, BEN, uri("File.1", "Plan B.docx"), "RichText/Media_GenericFile"),
    row(7, MIRA, uri("Audio.1/Message.1", "v.m4a"), "RichText/Media_AudioMsg"),
    row(6, MIRA, uri("Picture.1", "IMG_1.jpg"), "RichText/UriObject"),
    row(5, BEN, quote("kommst du?") + "ja &amp; um <b raw_pre='*' raw_post='*'>acht</b>"),
    row(4, BEN, 'see <a href="https://a.b/?x=1&amp;y=2">https://a.b/?x=1&amp;y=2</a>'),
    row(3, MIRA, f'schön <ss type="smile">:)</ss> {EYES}'),
    row(2, BEN, "I &lt;3 it\r\nreally", properties={"edittime": "1594056100000"}),
    row(1, MIRA, "a < b & c", "Text"),
    row(0, MIRA, "kommst du?"),
]
SAMPLES = (Sample("skype.json", export(conversation(MIRA, ROWS))),)


def of(tmp_path: Path, rows: list[Any], chat: str = MIRA, **more: Any) -> list[ImportedMessage]:
    text = export(conversation(chat, rows, **more))
    return read(put(tmp_path, Sample("messages.json", text)))


def test_skype(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "skype.json")[::-1]
    assert seen(messages) == [
        ("Mira Groß", False, "text", "kommst du?"),
        ("Mira Groß", False, "text", "a < b & c"),
        ("ben", True, "text", "I <3 it\nreally"),
        ("Mira Groß", False, "text", "schön :) 👀"),
        ("ben", True, "text", "see https://a.b/?x=1&y=2"),
        ("ben", True, "text", "ja & um acht"),
        ("Mira Groß", False, "image", ""),
        ("Mira Groß", False, "voice", ""),
        ("ben", True, "file", ""),
        ("Mira Groß", False, "call", ""),
        ("", False, "system", "ThreadActivity/AddMember"),
        ("ben", True, "system", ""),
    ]
    assert {(m.chat_id, m.chat_name, m.chat_kind, m.platform) for m in messages} == {
        (MIRA, "Mira Groß", "direct", None)
    }
    edited, answer, file, deleted = messages[2], messages[5], messages[8], messages[11]
    assert (edited.edited, file.raw, deleted.recalled) == (True, "Plan B.docx", True)
    assert (answer.raw, answer.reply_to) == ("kommst du?", "1594056000609")
    assert messages[0].sent_at == 1594056000609
    assert messages[0].account == "live:mira_1"


E_M = '<e_m a="ben" ts_ms="1594056002609" ts="1594056002" t="61"></e_m>'


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_an_edited_message_only_the_last_words_count(tmp_path: Path, newest_first: bool) -> None:
    rows = [
        row(9, BEN, f"Edited previous message: um neun{E_M}"),
        row(8, BEN, f"um zehn{E_M}"),
        row(2, BEN, "um acht"),
        row(1, BEN, f"{quote('x' + E_M)}um sieben"),
    ]
    messages = of(tmp_path, rows if newest_first else rows[::-1])
    assert sorted((m.text, m.sent_at, m.edited) for m in messages) == [
        ("um neun", 1594056002609, True),
        ("um sieben", 1594056001609, False),
    ]


def test_a_later_export_carries_an_edit_into_what_is_there(db: Database, tmp_path: Path) -> None:
    path = put(tmp_path, Sample("a.json", export(conversation(MIRA, [row(2, BEN, "um acht")]))))
    import_paths(db, [path])
    rows = [row(9, BEN, f"um neun{E_M}"), row(2, BEN, "um acht")]
    path = put(tmp_path, Sample("b.json", export(conversation(MIRA, rows))))
    import_paths(db, [path])
    assert db.execute("SELECT text FROM messages").fetchall() == [("um neun",)]


def test_a_message_that_is_only_the_mark_of_an_edit_was_deleted(tmp_path: Path) -> None:
    (one,) = of(tmp_path, [row(9, BEN, E_M), row(2, BEN, "oops")])
    assert (one.kind, one.text, one.recalled, one.sent_at) == ("system", "", True, 1594056002609)


def test_what_is_only_passed_on_is_nobodys_words(tmp_path: Path) -> None:
    (one,) = of(tmp_path, [row(1, BEN, quote("as <b>she</b> said"))])
    assert (one.kind, one.text, one.raw) == ("forward", "", "as she said")


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("RichText/Media_Album", "image"),
        ("RichText/Contacts", "contact"),
        ("RichText/Location", "location"),
        ("RichText/ScheduledCallInvite", "call"),
        ("Event/SkypeVideoMessage", "video"),
        ("Poll", "other"),
        ("Notice", "system"),
        ("InviteFreeRelationshipChanged/Initialized", "system"),
        ("Somebody/New", "other"),
    ],
)
def test_kinds(tmp_path: Path, type_: str, kind: str) -> None:
    (one,) = of(tmp_path, [row(1, MIRA, '<x title="look">at this</x>', type_)])
    assert (one.kind, "look" in one.text or "this" in one.text) == (kind, False)


def test_a_picture_that_was_sent_as_a_file_is_a_picture(tmp_path: Path) -> None:
    (one,) = of(tmp_path, [row(1, MIRA, uri("File.1", "a.HEIC"), "RichText/Media_GenericFile")])
    assert (one.kind, one.raw) == ("image", "a.HEIC")


def test_typing_and_lists_of_calls_are_no_messages(tmp_path: Path) -> None:
    assert of(tmp_path, [row(1, MIRA, "", "Control/Typing")]) == []
    assert of(tmp_path, [row(1, MIRA, "x", "Text")], chat="48:calllogs") == []


@pytest.mark.parametrize(
    ("id_", "more", "expected"),
    [
        ("19:abc@thread.skype", {"displayName": None}, ("group", "19:abc@thread.skype", None)),
        ("19:a", {"threadProperties": {"membercount": 2, "topic": "A"}}, ("direct", None, None)),
        ("19:a_b@unq.gbl.spaces", {}, ("direct", None, "teams")),
        ("28:bot", {"displayName": None}, ("direct", "bot", None)),
        ("48:notes", {}, ("self", None, None)),
    ],
)
def test_conversations(
    tmp_path: Path, id_: str, more: Row, expected: tuple[str, str | None, str | None]
) -> None:
    kind, name, platform = expected
    (one,) = of(tmp_path, [row(1, MIRA, "hi")], id_, **more)
    assert (one.chat_kind, one.chat_name, one.platform) == (kind, name or "Mira Groß", platform)


TEAMS = (
    '<blockquote itemscope="" itemtype="http://schema.skype.com/Reply" itemid="17">'
    '<strong itemprop="mri">Mira</strong><p itemprop="preview">kommst du?</p></blockquote>\r\n'
    "<p>ja,&nbsp;<span>um\n acht</span></p><p>&nbsp;</p><ul><li>a</li><li>b</li></ul>"
    '<p><at id="8:live:mira_1">Mira</at> '
    '<img itemtype="http://schema.skype.com/Emoji" alt="🙂"></p>'
)


def test_html_of_teams(tmp_path: Path) -> None:
    (one,) = of(tmp_path, [row(1, BEN, TEAMS, "RichText/Html")])
    assert one.text == "ja, um acht\n\na\nb\nMira 🙂"
    assert (one.reply_to, one.raw) == ("17", "Mira\nkommst du?")
    picture = '<p><img src="x" itemtype="http://schema.skype.com/AMSImage" alt="image"></p>'
    (one,) = of(tmp_path, [row(1, BEN, picture, "RichText/Html")])
    assert (one.kind, one.text) == ("image", "")


@pytest.mark.parametrize(
    "broken",
    [{"originalarrivaltime": "gestern"}, {"from": None}, {"content": 7}],
)
def test_a_broken_row_is_left_out_and_reported(tmp_path: Path, broken: Row) -> None:
    rows = [row(2, MIRA, "x") | broken, row(1, MIRA, "ok"), None]
    text = export(conversation(MIRA, rows))
    file = ExportFile(put(tmp_path, Sample("messages.json", text)))
    assert [m.text for m in skype.read(file)] == ["ok"]
    assert len(file.problems) == 2
