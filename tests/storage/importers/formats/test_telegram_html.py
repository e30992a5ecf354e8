"""Telegram Desktop's HTML."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import telegram_html
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, as_json, put, read, seen

START = """<!DOCTYPE html>
<html>

 <head>

  <meta charset="utf-8"/>
<title>Exported Data</title>
  <meta content="width=device-width, initial-scale=1.0" name="viewport"/>

  <link href="css/style.css" rel="stylesheet"/>

  <script src="js/script.js" type="text/javascript">

  </script>

 </head>

 <body onload="CheckLocation();">

  <div class="page_wrap">

   <div class="page_header">

    <div class="content">

     <div class="text bold">
{heading}
     </div>

    </div>

   </div>

   <div class="page_body chat_page">

    <div class="history">
"""
END = """
    </div>

   </div>

  </div>

 </body>

</html>
"""


def page(*posts: str, heading: str = "Ann Ahn ") -> str:
    return START.replace("{heading}", heading) + "".join(posts) + END


def service(id_: int, said: str) -> str:
    return f"""
     <div class="message service" id="message{id_}">

      <div class="body details">
{said}
      </div>

     </div>
"""


def post(id_: int, second: int, name: str, inner: str, zone: str = " UTC+02:00") -> str:
    """A message; without a name it is joined to the one before it."""
    picture = """
      <div class="pull_left userpic_wrap">

       <div class="userpic userpic3" style="width: 42px; height: 42px">

        <div class="initials" style="line-height: 42px">
AA
        </div>

       </div>

      </div>
"""
    from_name = f'\n       <div class="from_name">\n{name} \n       </div>\n'
    return f"""
     <div class="message default clearfix{"" if name else " joined"}" id="message{id_}">
{picture if name else ""}
      <div class="body">

       <div class="pull_right date details" title="01.05.2023 10:00:{second:02}{zone}">
10:00
       </div>
{from_name if name else ""}{inner}
      </div>

     </div>
"""


def text(said: str) -> str:
    return f'\n       <div class="text">\n{said}\n       </div>\n'


def media(classes: str, title: str, status: str, description: str = "") -> str:
    more = f'<div class="description">\n{description}\n</div>' if description else ""
    return f"""
       <div class="media_wrap clearfix">

        <a class="media clearfix pull_left block_link {classes}" href="files/{title}">

         <div class="fill pull_left">

         </div>

         <div class="body">

          <div class="title bold">
{title}
          </div>
{more}
          <div class="status details">
{status}
          </div>

         </div>

        </a>

       </div>
"""


FORWARDED = f"""
       <div class="pull_left forwarded userpic_wrap">

        <div class="userpic userpic2" style="width: 42px; height: 42px">
        </div>

       </div>

       <div class="forwarded body">

        <div class="from_name">
News Channel<span class="date details" title="30.04.2023 09:00:00 UTC+02:00"> 30.04.2023</span>
        </div>
{text("big news")}
       </div>
"""
REPLY = """
       <div class="reply_to details">
In reply to <a href="#go_to_message2" onclick="return GoToMessage(2)">this message</a>
       </div>
"""
PHOTO = """
       <div class="media_wrap clearfix">

        <a class="photo_wrap clearfix pull_left" href="photos/photo_1.jpg">

         <img class="photo" src="photos/photo_1_thumb.jpg" style="width: 260px; height: 195px"/>

        </a>

       </div>
"""
REACTIONS = """
       <span class="reactions">

        <span class="reaction">

         <span class="emoji">
👍
         </span>

        </span>

       </span>
"""
ANN, BEN = "Ann Ahn", "Ben"
CHAT = page(
    service(-1, "1 May 2023"),
    service(1, "Ann Ahn joined Telegram"),
    post(2, 1, ANN, text('hey <strong>you</strong>,<br><br>1 &lt; 2 &amp; <a href="x">a.b</a>')),
    post(3, 2, "", text("still there?") + REACTIONS),
    post(4, 9, BEN, REPLY + text("yes")),
    service(5, 'Ben pinned <a href="#go_to_message4">this message</a>'),
    post(6, 10, BEN, PHOTO),
    post(7, 11, "", media("media_voice_message", "Voice message", "00:07")),
    post(8, 12, "", FORWARDED),
    post(9, 13, f"{ANN} via @gif", text("chosen from a bot")),
    post(10, 14, "", text("more of them")),
    post(11, 15, ANN, media("media_photo", "Sticker", "😀, 20.1 KB", "Not included, change …")),
    post(12, 16, "", media("media_call success", BEN, "Outgoing (20 seconds)")),
    post(13, 17, "", media("media_file", "Sticker", "3 KB")),
    post(14, 18, BEN, text('好 <span class="spoiler hidden"><span>真</span></span>的')),
)

SAMPLES = (Sample("messages.html", CHAT, me=BEN),)


def test_messages(tmp_path: Path) -> None:
    messages = read(put(tmp_path, SAMPLES[0]))
    assert seen(messages) == [
        (ANN, None, "text", "hey you,\n\n1 < 2 & a.b"),
        (ANN, None, "text", "still there?"),
        (BEN, None, "text", "yes"),
        ("", False, "system", "Ben pinned this message"),
        (BEN, None, "image", ""),
        (BEN, None, "voice", ""),
        (BEN, None, "forward", "big news"),
        (ANN, None, "text", "chosen from a bot"),
        (ANN, None, "text", "more of them"),
        (ANN, None, "sticker", ""),
        (ANN, None, "call", ""),
        (ANN, None, "file", ""),
        (BEN, None, "text", "好 真的"),
    ]
    assert {(m.chat_name, m.chat_kind, m.chat_id_is_name) for m in messages} == {
        (ANN, "direct", True)
    }
    assert messages[0].sent_at == 1682928001000
    assert (messages[2].reply_to, messages[2].external_id) == ("2", "4")
    assert [m.raw for m in messages if m.kind == "forward"] == ["News Channel"]


def test_a_caption_and_a_line_of_another_program_are_their_words(tmp_path: Path) -> None:
    file = media("media_file", "plan.pdf", "3 KB") + text("the plan")
    pasted = text("12/12/19, 02:09 - Anna: hi")
    messages = read_text(tmp_path, page(post(1, 1, BEN, pasted), post(2, 2, "", file)))
    assert [(m.kind, m.text, m.raw) for m in messages] == [
        ("text", "12/12/19, 02:09 - Anna: hi", None),
        ("file", "the plan", "plan.pdf\n3 KB"),
    ]


def test_a_quote_stands_on_lines_of_its_own(tmp_path: Path) -> None:
    said = text("<blockquote>why?</blockquote>so")
    (message,) = read_text(tmp_path, page(post(1, 1, BEN, said)))
    assert message.text == "why?\nso"


def test_a_group_of_two_so_far_and_one_of_three(tmp_path: Path) -> None:
    two = page(post(1, 1, ANN, text("a")), post(2, 2, BEN, text("b")), heading="Picnic ")
    three = page(*(post(n, n, f"P{n}", text("a")) for n in range(3)), heading="P1 ")
    for chat in (two, three):
        assert {m.chat_kind for m in read_text(tmp_path, chat)} == {"group"}
    alone = page(post(1, 1, BEN, text("nobody answers")))
    assert {m.chat_kind for m in read_text(tmp_path, alone)} == {"direct"}


def test_old_versions_name_no_zone(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, Sample("m.html", page(post(1, 1, ANN, text("a"), zone="")))))
    (message,) = telegram_html.read(file)
    assert message.sent_at == 1682935201000
    assert file.notes


def test_all_pages_of_a_folder_and_its_json_are_one_chat(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "ChatExport"
    put(folder, SAMPLES[0])
    more = page(post(20, 30, BEN, text("the second page")))
    put(folder, Sample("messages2.html", more))
    put(folder, Sample("lists/chats.html", page(), beside={"css/style.css": ""}))
    report = import_paths(db, [folder], me=BEN)
    assert (report.new, [path.name for path in report.skipped]) == (14, ["chats.html"])
    written = {
        "id": 20,
        "type": "message",
        "date": "2023-05-01T10:00:30",
        "date_unixtime": "1682928030",
        "from": BEN,
        "from_id": "user6",
        "text": "the second page",
    }
    chat = {"name": ANN, "type": "personal_chat", "id": 5, "messages": [written]}
    path = put(tmp_path / "json", Sample("result.json", as_json(chat)))
    assert import_paths(db, [path], me=BEN).new == 0


@pytest.mark.parametrize(
    "broken",
    [
        "<div class='message service' id='message1'>" * 100,
        "<![x[y> </html>",
        "",
        "<a " * 400_000,
        "<!-- " + "x" * 2_000_000,
    ],
)
def test_what_no_program_writes_is_a_broken_file(tmp_path: Path, broken: str) -> None:
    path = put(tmp_path, Sample("m.html", CHAT.replace("</html>", broken)))
    with pytest.raises(InputError, match=r"m\.html: line \d+: ") as caught:
        list(telegram_html.read(ExportFile(path)))
    assert "\n" not in str(caught.value)


def test_rows_without_a_time_or_a_name_are_reported(tmp_path: Path) -> None:
    rows = [post(1, 1, "", text("whose?")), post(2, 1, ANN, text("when?")).replace("2023", "")]
    file = ExportFile(put(tmp_path, Sample("m.html", page(*rows, post(3, 3, BEN, text("ok"))))))
    assert [m.text for m in telegram_html.read(file)] == ["ok"]
    assert len(file.problems) == 2


def read_text(tmp_path: Path, page: str) -> list[ImportedMessage]:
    return read(put(tmp_path, Sample("messages.html", page)))
