"""Element's export of a Matrix room."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.detect import recognizing
from storage.importers.file import ExportFile
from storage.importers.formats import element
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Event = dict[str, Any]
MIRA, BEN, BOT = "@mira:example.org", "@ben.w:example.org", "@whatsappbot:example.org"


def event(
    second: int, sender: str, content: Any, type_: str = "m.room.message", **more: Any
) -> Event:
    return {
        "type": type_,
        "sender": sender,
        "content": content,
        "origin_server_ts": 1682935200000 + second * 1000,
        "unsigned": {"age": 5},
        "event_id": f"${second}",
        "room_id": "!r:example.org",
        **more,
    }


def said(second: int, sender: str, body: str, **more: Any) -> Event:
    return event(second, sender, {"msgtype": "m.text", "body": body, **more})


def member(second: int, address: str, **content: Any) -> Event:
    return event(second, address, content, "m.room.member", state_key=address)


def room(*events: Event, by: str = "Ben") -> str:
    return as_json(
        {
            "room_name": "Mira Groß",
            "room_creator": "Ben",
            "topic": "",
            "export_date": "May 1, 2023",
            "exported_by": by,
            "messages": list(events),
        },
        indent=2,
    )


MEMBERS = (
    member(0, BEN, membership="join", displayname="Ben"),
    member(1, MIRA, membership="join", displayname="Mira Groß"),
)
QUOTE = f"> <{MIRA}> kommst du?\n> heute\n\nja, um acht\nja!"
EVENTS = (
    *MEMBERS,
    said(2, MIRA, "kommst du?\nheute"),
    said(3, BEN, QUOTE, **{"m.relates_to": {"m.in_reply_to": {"event_id": "$2"}}}),
    event(4, MIRA, {"msgtype": "m.image", "body": "IMG_1.jpg", "url": "mxc://a/b"}),
    event(5, BEN, {"body": "a cat", "url": "mxc://a/c"}, "m.sticker"),
    event(6, MIRA, {"msgtype": "m.audio", "body": "v.ogg", "org.matrix.msc3245.voice": {}}),
    event(7, BEN, {}, unsigned={"redacted_because": event(9, BEN, {}, "m.room.redaction")}),
    event(8, MIRA, {"msgtype": "m.bad.encrypted", "body": "** Unable to decrypt: keys **"}),
    event(9, BOT, {"msgtype": "m.notice", "body": "Bridge connected"}),
    event(10, MIRA, {"call_id": "1", "lifetime": 60000}, "m.call.invite"),
    event(11, MIRA, {"call_id": "1"}, "m.call.hangup"),
    event(12, BEN, {"m.relates_to": {"rel_type": "m.annotation", "key": "👍"}}, "m.reaction"),
    event(13, BEN, {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA"}, "m.room.encrypted"),
    event(14, BEN, {"name": "Picnic"}, "m.room.name", state_key=""),
    event(15, MIRA, {"msgtype": "m.emote", "body": "winkt 你好"}),
)
SAMPLES = (Sample("matrix-Mira-export.json", room(*EVENTS)),)


def of(tmp_path: Path, *events: Event, by: str = "Ben") -> list[ImportedMessage]:
    return read(put(tmp_path, Sample("export.json", room(*events, by=by))))


def test_element(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "matrix-Mira-export.json")
    assert seen(messages) == [
        ("Ben", False, "system", "m.room.member: join"),
        ("Mira Groß", False, "system", "m.room.member: join"),
        ("Mira Groß", False, "text", "kommst du?\nheute"),
        ("Ben", True, "text", "ja, um acht\nja!"),
        ("Mira Groß", False, "image", ""),
        ("Ben", True, "sticker", ""),
        ("Mira Groß", False, "voice", ""),
        ("Ben", True, "system", ""),
        ("Mira Groß", False, "other", ""),
        ("whatsappbot", False, "system", "Bridge connected"),
        ("Mira Groß", False, "call", ""),
        ("Ben", True, "other", ""),
        ("Ben", False, "system", "m.room.name"),
        ("Mira Groß", False, "text", "winkt 你好"),
    ]
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        ("!r:example.org", "Mira Groß", "direct")
    }
    answer, image = messages[3], messages[4]
    assert (answer.reply_to, answer.raw) == ("$2", f"> <{MIRA}> kommst du?\n> heute")
    assert image.raw == "IMG_1.jpg"
    assert [m.recalled for m in messages].index(True) == 7
    assert (answer.sent_at, answer.account) == (1682935203000, "ben.w")


def test_an_edit_brings_the_last_words_once(tmp_path: Path) -> None:
    new = {"msgtype": "m.text", "body": "heute um neun"}
    edit = {
        "msgtype": "m.text",
        "body": "* heute um neun",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$2"},
    }
    of_another = edit | {"m.new_content": {"msgtype": "m.text", "body": "ich bin dumm"}}
    events = (said(2, BEN, "heute"), event(3, BEN, edit), event(4, MIRA, of_another))
    (one,) = of(tmp_path, *MEMBERS, *events)[2:]
    assert (one.text, one.edited, one.external_id) == ("heute um neun", True, "$2")


@pytest.mark.parametrize("content", [{"m.new_content": {"msgtype": "m.text", "body": "neu"}}, {}])
def test_an_edit_that_the_server_put_into_the_message(tmp_path: Path, content: Event) -> None:
    unsigned = {"m.relations": {"m.replace": {"event_id": "$9", "content": content}}}
    (one,) = of(tmp_path, said(2, BEN, "neu") | {"unsigned": unsigned})
    assert (one.text, one.edited) == ("neu", True)


def test_a_redaction_that_stands_by_itself_takes_its_message_back(tmp_path: Path) -> None:
    events = (said(2, BEN, "oops"), event(3, BEN, {}, "m.room.redaction", redacts="$2"))
    (one,) = of(tmp_path, *events)
    assert (one.kind, one.text, one.recalled) == ("system", "", True)


def test_what_was_typed_like_a_quote_is_the_senders_own(tmp_path: Path) -> None:
    for body in ("> to be\n\nor not", "<@x:y> hi", f"so: > <{MIRA}> x"):
        assert of(tmp_path, said(2, BEN, body))[0].text == body


def test_what_the_page_shows_as_a_quote_is_aside(tmp_path: Path) -> None:
    more = {"formatted_body": "<blockquote>\n<p>why?</p>\n</blockquote>\n<p>so</p>"}
    (message,) = of(tmp_path, said(0, BEN, "> why?\n\nso", **more))
    assert (message.text, message.raw) == ("so", "> why?")
    (message,) = of(tmp_path, said(0, BEN, ">\n> why?\n\nso", **more))
    assert (message.text, message.raw) == ("so", ">\n> why?")


def test_an_answer_of_a_thread_answers_what_began_it(tmp_path: Path) -> None:
    thread = {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$1"},
    }
    assert of(tmp_path, said(2, BEN, "x", **{"m.relates_to": thread}))[0].reply_to == "$root"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"filename": "a.jpg", "body": "am See"}, "am See"),
        ({"filename": "a.jpg", "body": "a.jpg"}, ""),
        ({"body": "a.jpg"}, ""),
    ],
)
def test_a_caption_is_words_and_a_file_name_is_not(
    tmp_path: Path, content: Event, text: str
) -> None:
    (one,) = of(tmp_path, event(2, BEN, {"msgtype": "m.image", **content}))
    assert (one.kind, one.text, one.raw) == ("image", text, "a.jpg")


MINE = {"unsigned": {"age": 1, "transaction_id": "m1.2"}}


@pytest.mark.parametrize(
    ("events", "by", "owner"),
    [
        (MEMBERS, "Ben", True),
        ((), BEN, True),
        ((), "ben.w", True),  # nobody has a name: the address gives it
        ((), "Ben", None),
        ((said(1, BEN, "x") | MINE,), "Ben", True),
        (
            (*MEMBERS, member(2, "@ben2:evil.org", membership="join", displayname="Ben")),
            "Ben",
            None,
        ),
    ],
)
def test_whose_export_it_is(
    tmp_path: Path, events: tuple[Event, ...], by: str, owner: bool | None
) -> None:
    *_, mine, theirs = of(tmp_path, *events, said(8, BEN, "a"), said(9, MIRA, "b"), by=by)
    assert (mine.from_owner, theirs.from_owner) == (owner, owner and False)


def test_several_people_of_a_bridge_are_not_one(tmp_path: Path) -> None:
    profile = {"id": "7", "displayname": "Tomás", "has_fallback": True}
    relayed = said(8, BEN, "Tomás: ¿vamos?", **{"com.beeper.per_message_profile": profile})
    *_, one = of(tmp_path, *MEMBERS, relayed)
    assert (one.sender_name, one.text, one.from_owner) == ("Tomás", "¿vamos?", False)
    assert one.sender_id == f"{BEN}/7"


def test_three_who_write_are_a_group(tmp_path: Path) -> None:
    people = [said(at, f"@p{at}:x.org", "hi") for at in range(3)]
    assert {m.chat_kind for m in of(tmp_path, *people)} == {"group"}


TEXT = """\
5/1/2023, 10:00:00 AM - Mira: kommst du?
5/1/2023, 10:00:05 AM - Ben: <@mira:example.org "kommst du?"> ja
5/1/2023, 10:00:07 AM - Mira sent an image. (Media omitted)
"""
PAGE = """
          <!DOCTYPE html>
            <html lang="en"><head><title>Exported Data</title></head>
            <body style="height: 100vh;"><section id="matrixchat" class="notranslate">
            <main class="mx_RoomView">…</main></section></body></html>
"""


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("5/1/2023,", "1.5.2023,"), PAGE])
def test_text_and_page_are_taken_for_no_other_export(
    db: Database, tmp_path: Path, text: str
) -> None:
    path = put(tmp_path, Sample("chat.txt", text))
    assert [importer.NAME for importer in recognizing(ExportFile(path))] == ["element"]
    with pytest.raises(InputError, match="export the chat as JSON"):
        import_paths(db, [path], me="Ben")
    put(tmp_path, Sample("export.json", room(*MEMBERS, said(3, BEN, "ok"))))
    report = import_paths(db, [tmp_path])
    assert (report.new, len(report.problems)) == (3, 1)


def test_whatsapp_with_seconds_stays_whatsapp(tmp_path: Path) -> None:
    path = put(tmp_path, Sample("chat.txt", TEXT.replace("<@mira:example.org", "<mira")))
    assert [importer.NAME for importer in recognizing(ExportFile(path))] == ["whatsapp"]


@pytest.mark.parametrize(
    "broken",
    [{"sender": None}, {"origin_server_ts": "x"}, {"content": {"msgtype": "m.text", "body": 5}}],
)
def test_a_broken_row_is_left_out_and_reported(tmp_path: Path, broken: Event) -> None:
    events = (said(2, BEN, "x") | broken, said(3, BEN, "ok"))
    file = ExportFile(put(tmp_path, Sample("export.json", room(*events))))
    assert [m.text for m in element.read(file)] == ["ok"]
    assert len(file.problems) == 1
