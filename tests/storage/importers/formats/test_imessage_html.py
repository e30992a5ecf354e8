"""imessage-exporter's HTML, as its versions 1.8 and 4 write it."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import imessage_html
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, put, read, seen

STYLE = "\n.message .sent .replies .reply .message .sent {\n\tborder-style: solid;\n}\n"
HEAD = f'<html>\n<head>\n<meta charset="UTF-8"><style>\n{STYLE}\n</style>\n</head>\n<body>\n'
FOOT = "</body></html>"


def day(second: int) -> str:
    return f"May 17, 2022  5:29:{second:02} PM"


def message(second: int, name: str, *parts: str, below: str = "", reply: str = "") -> str:
    """As 1.8 writes it; "Me" is the owner."""
    side = "sent iMessage" if name == "Me" else "received"
    begin = f'<div class="message", id="r-{reply}">' if reply else '<div class="message">'
    anchor = f'<span class="reply_anchor"><a href="#{reply}">⇱</a></span>\n' if reply else ""
    body = "".join(f'<hr><div class="message_part">\n{part}\n</div>\n' for part in parts)
    context = '<span class="reply_context">This message responded to an earlier message.</span>'
    return (
        f'{begin}\n<div class="{side}">\n<p><span class="timestamp">{day(second)}</span>\n{anchor}'
        f'<span class="sender">{name}</span></p>\n{body}{below}'
        f"{context if reply else ''}</div>\n</div>\n"
    )


def message_of_4(second: int, name: str, *parts: str) -> str:
    side = "sent iMessage" if name == "Me" else "received"
    body = "".join(f'<hr>\n<div class="message_part">\n    {part}\n    </div>\n' for part in parts)
    return f"""<div class="message">
    <div class="{side}">
        <p>
            <span class="timestamp">
                <a title="Reveal in Messages app" href="sms://open?message-guid=A-{second}">{day(second)}</a>
                (Read by them after 2 minutes)
            </span>

            <span class="sender">{name}</span>
        </p>

        {body}

    </div>
</div>
"""


def bubble(words: str, more: str = "") -> str:
    return f'<span class="bubble{more}">{words}</span>'


def event(second: int, said: str) -> str:
    return (
        f'\n<div class ="announcement"><p><span class="timestamp">{day(second)}</span> {said}</p>'
        "</div>\n"
    )


def edited(*versions: str) -> str:
    rows = []
    for number, words in enumerate(versions, 1):
        tag = "tfoot" if number == len(versions) else "tbody"
        note = "Edited 9 seconds later" if number > 1 else ""
        time = f'<td><span class="timestamp">{note}</span></td>'
        rows.append(f"<{tag}><tr>{time}<td>{words}</td></tr></{tag}>")
    return f'<div class="edited"><table>{"".join(rows)}</table></div>'


def file(inner: str) -> str:
    return f'<div class="attachment">{inner}</div>'


LINK = """<div class="app"><a href="https://example.org"><div class="app_header">\
<img src="https://example.org/1.png" loading="lazy", onerror="this.style.display='none'">\
<div class="name">Example</div></div><div class="app_footer"><div class="caption">Ten gardens</div>\
</div></a></div>"""
REACTIONS = """<div class="reactions"><hr><p>Reactions:</p>
<div class="reaction"><span class="reaction"><b>Liked</b> by Ann</span></div>

</div>
"""
IMAGE = file('<img src="attachments/1/2.jpeg" loading="lazy">')
ANSWER = message(20, "Me", bubble("at six"), IMAGE, below=REACTIONS)
REPLIES = f'<div class="replies">\n<div class="reply" id="G-1">{ANSWER}</div>\n</div>\n'
CHAT = (
    HEAD
    + message(1, "Ann", bubble("hi &lt;you&gt;\n &amp; 好"), below=REACTIONS)
    + message(2, "Me", edited("cu at tne", "cu at ten"))
    + event(3, "You named the conversation <b>Trip &amp; more</b>")
    + message(4, "Me", IMAGE, below='<span class="expressive">Sent with Slam</span>\n')
    + message(5, "Me", '<div class="sticker"><img src="a/3.heic">\n<div>App: Memoji</div></div>')
    + message(6, "Ann", file('<audio controls src="a/4.caf" type="x-caf" </audio>'))
    + message(7, "Ann", file('<video controls> <source src="a/5.mov"> </video>'))
    + message(8, "Me", file('<a href="a/6.vcf">Click to download 6.vcf (1 KB)</a>'))
    + message(9, "Ann", LINK)
    + message(10, "Ann", bubble("when?"), below=REPLIES)
    + message(20, "Me", bubble("at six"), below=REACTIONS, reply="G-1")
    + event(21, "They deleted a message.")
    + FOOT
)
CHAT_OF_4 = (
    HEAD
    + message_of_4(1, "+49 170 1", bubble("don&apos;t&nbsp;&grave;x&grave; <b>go</b>", " jumbo"))
    + message_of_4(2, "Me", bubble('see <a href="https://a.b/?c">a.b</a>'))
    + message_of_4(3, "Me", '<span class="unsent"><span class="unsent">You unsent …</span></span>')
    + message_of_4(4, "Zoë", '<span class="attachment_error">Attachment does not exist!</span>')
    + '\n<div class="announcement">\n    <p><span class="timestamp">'
    + f"{day(5)}</span> Zoë unsent a message.</p>\n</div>\n"
    + FOOT
)

SAMPLES = (Sample("Ann.html", CHAT), Sample("Trip - 12.html", CHAT_OF_4))


def test_a_page(tmp_path: Path) -> None:
    messages = read(put(tmp_path, SAMPLES[0]))
    assert seen(messages) == [
        ("Ann", False, "text", "hi <you>\n & 好"),
        ("Me", True, "text", "cu at ten"),
        ("", False, "system", "You named the conversation Trip & more"),
        ("Me", True, "image", ""),
        ("Me", True, "sticker", ""),
        ("Ann", False, "voice", ""),
        ("Ann", False, "video", ""),
        ("Me", True, "contact", ""),
        ("Ann", False, "link", ""),
        ("Ann", False, "text", "when?"),
        ("Me", True, "text", "at six"),
        ("", False, "system", "They deleted a message."),
    ]
    assert [m.edited for m in messages].index(True) == 1
    assert [m.recalled for m in messages] == [False] * 11 + [True]
    assert {(m.chat_name, m.chat_kind, m.chat_id_is_name) for m in messages} == {
        ("Ann", "direct", True)
    }
    assert "Liked" in (messages[0].raw or "")
    assert "cu at tne" in (messages[1].raw or "")


def test_a_page_of_version_4(tmp_path: Path) -> None:
    messages = read(put(tmp_path, SAMPLES[1]))
    assert seen(messages) == [
        ("+49 170 1", False, "text", "don't\xa0`x` go"),
        ("Me", True, "text", "see a.b"),
        ("Me", True, "system", "You unsent …"),
        ("Zoë", False, "other", ""),
        ("", False, "system", "Zoë unsent a message."),
    ]
    assert [m.recalled for m in messages] == [False, False, True, False, True]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Trip - 12", "group")}


def test_the_owner_is_known_under_a_name_of_their_own(tmp_path: Path) -> None:
    page = CHAT.replace('"sender">Me<', '"sender">Ben<')
    messages = read(put(tmp_path, replace(SAMPLES[0], text=page)))
    assert {m.sender_name for m in messages if m.from_owner} == {"Ben"}


@pytest.mark.parametrize(
    ("part", "kind", "words"),
    [
        (file('<img src="a.png">') + bubble("our garden"), "image", "our garden"),
        (bubble("\ufffcso cute"), "text", "so cute"),
        (bubble('<img src="a.heic" alt="App: Memoji">'), "sticker", ""),
        (bubble('ha <img src="a.heic" alt="App: Memoji">'), "text", "ha"),
        ("<img src='a.jpeg'>", "image", ""),
        ("Attachment does not exist!", "other", ""),
        (file("<p>Unable to embed model/usd attachments: a/b.usdz</p>"), "file", ""),
        (
            '<span class="attachment_error">Unable to locate attachment: IMG_1.HEIC</span>',
            "image",
            "",
        ),
        (f'{bubble("Salut !")}<div class="translated">{bubble("Hey!")}</div>', "text", "Hey!"),
        ('<div class="app_error">Unable to format App message: no</div>', "other", ""),
        (
            '<div class="app"><div class="app_header"><svg><path d="M"/></svg></div></div>',
            "other",
            "",
        ),
        ('<span class="shared_location"><hr>Started sharing location!</span>', "location", ""),
        (bubble("Started sharing my cake"), "text", "Started sharing my cake"),
        (
            bubble("Tapbacks:\n12/12/19, 02:09 - Anna: hi"),
            "text",
            "Tapbacks:\n12/12/19, 02:09 - Anna: hi",
        ),
        (edited("a", "b", "c") + edited("a", "b", "c"), "text", "c"),
        (
            bubble("&lt;/div&gt;&lt;div class=&quot;message&quot;&gt;"),
            "text",
            '</div><div class="message">',
        ),
    ],
)
def test_parts(tmp_path: Path, part: str, kind: str, words: str) -> None:
    (made,) = page(tmp_path, message(1, "Me", part))
    assert (made.kind, made.text, made.from_owner) == (kind, words, True)


def test_a_part_that_was_taken_back_and_one_that_stays(tmp_path: Path) -> None:
    unsent = '<span class="unsent"><span class="unsent">You unsent this message part!</span></span>'
    (made,) = page(tmp_path, message(1, "Me", bubble("stays"), unsent))
    assert (made.text, made.recalled, made.edited) == ("stays", False, True)
    deleted = '<span class="deleted">This message was deleted from the conversation!</span></p>'
    (made,) = page(tmp_path, message(1, "Me", bubble("gone")).replace("</p>", f"</p>{deleted}"))
    assert (made.text, made.recalled) == ("gone", True)


def test_the_subject_is_theirs(tmp_path: Path) -> None:
    subject = '</p>\n<p>Subject: <span class="subject">Party</span></p>'
    (made,) = page(tmp_path, message(1, "Me", bubble("at ten")).replace("</p>", subject, 1))
    assert made.text == "Party\nat ten"


@pytest.mark.parametrize("extra", range(4))
def test_a_div_too_many_below_a_reaction_that_was_taken_away(tmp_path: Path, extra: int) -> None:
    close = "</div>\n" * extra
    inner = message(20, "Me", bubble("at six"), below=close)
    replies = f'<div class="replies">\n<div class="reply" id="A">{inner}</div>\n'
    replies += f'<div class="reply" id="B">{inner}</div>\n</div>\n'
    more = f'<hr><div class="message_part">\n{bubble("and where?")}\n</div>\n'
    chat = message(1, "Ann", bubble("when?"), below=close + replies + close + more)
    made = page(
        tmp_path, chat, message(20, "Me", bubble("at six"), below=close), event(21, "Ann left")
    )
    assert [m.text for m in made] == ["when?\nand where?", "at six", "Ann left"]


def test_the_same_chat_as_text_and_as_page_is_one(db: Database, tmp_path: Path) -> None:
    text = f"{day(1)}\nAnn\nhi <you>\n & 好\n\n{day(20)}\nMe\nat six\n\n"
    put(tmp_path, SAMPLES[0])
    assert import_paths(db, [put(tmp_path, Sample("Ann.txt", text))]).new == 2
    assert import_paths(db, [tmp_path / "Ann.html"]).new == 10
    assert db.execute("SELECT count(*) FROM chats").fetchone()[0] == 1


@pytest.mark.parametrize(
    "broken",
    ["", "<div class='x'>" * 400, "<![x[y> </html>", "<a " * 200_000, bubble("x" * 300_000) + FOOT],
)
def test_what_breaks_off_or_no_program_writes(tmp_path: Path, broken: str) -> None:
    path = put(tmp_path, Sample("Ann.html", CHAT.replace(FOOT, broken)))
    with pytest.raises(InputError, match=r"Ann\.html: line \d+: ") as caught:
        list(imessage_html.read(ExportFile(path)))
    assert "\n" not in str(caught.value)


def test_rows_without_a_time_a_sender_or_a_side_are_reported(tmp_path: Path) -> None:
    rows = [
        message(1, "Me", bubble("a")).replace("2022", "x"),
        message(2, "", bubble("b")),
        message(3, "Ann", bubble("c")).replace("received", "x"),
        '<div class ="announcement"><p>Unable to format announcement!</p></div>',
        message(4, "Me", bubble("d")),
    ]
    source = ExportFile(put(tmp_path, Sample("Ann.html", HEAD + "".join(rows) + FOOT)))
    assert [m.text for m in imessage_html.read(source)] == ["d"]
    assert len(source.problems) == 3


def page(tmp_path: Path, *rows: str) -> list[ImportedMessage]:
    return read(put(tmp_path, Sample("Ann.html", HEAD + "".join(rows) + FOOT)))
