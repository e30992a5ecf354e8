"""signalbackup-tools' HTML."""

from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.file import ExportFile
from storage.importers.formats import signalbackup_html
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

HEAD = """<!-- Generated on 2024-05-01 10:00:00 by signalbackup-tools (20240501). \
Input database version: 220. -->
<!DOCTYPE html>
<html>
  <head>
    <meta charset="utf-8">
    <title>{title}</title>
    <style>
      :root {{
        --msgincoming-b: #E7EBF3;
      }}
    </style>
  </head>
  <body>
        <div id="message-header">
          <div id="thread-title"><pre class="threadtitle">{title}<span class="thread-disappearing\
-messages-info"></span><span class="threadtitle-info">1w</span></pre></div>
            <div class="thread-subtitle">
{subtitle}          </div>
        </div>
        <div class="conversation-box">

          <div class="msg msg-date-change">
            <p>
              May 01, 2024
            </p>
          </div>

"""
END = """
        </div>
  </body>
</html>
"""
MEMBERS = """2 members
            <input type="checkbox" id="showmembers">
            <label for="showmembers">
              <small> details)</small>
            </label>
"""


def footer(second: int, more: str = "", suffix: str = "") -> str:
    time = f"May 01, 2024 10:00:{second:02}{suffix}"
    return (
        f'            <div class="footer">\n{more}'
        f'              <span class="msg-data">{time}</span>\n'
        '              <div class="footer-icons checkmarks-read"></div>\n            </div>\n'
    )


def message(side: str, second: int, inside: str, more: str = "", suffix: str = "") -> str:
    return (
        f"          <!-- Message: _id:{second},type:10485780 -->\n"
        f'          <div class="msg msg-{side}">\n{inside}{footer(second, more, suffix)}'
        "          </div>\n\n"
    )


def body(words: str) -> str:
    return f'            <div>\n              <pre dir="auto">{words}</pre>\n            </div>\n'


def status(second: int, words: str) -> str:
    return (
        '          <div class="msg msg-status">\n            <div class="status-text">\n'
        f'              <pre dir="auto">{words}</pre>\n            </div>\n'
        f'            <div class="footer-status">\n              <span class="msg-data">'
        f"May 01, 2024 10:00:{second:02}</span>\n            </div>\n          </div>\n\n"
    )


IMAGE = """\
            <div class="attachment">
              <div class="msg-img-container">
                <input type="checkbox" id="zoomCheck-1-2">
                <label for="zoomCheck-1-2">
                  <img src="media/a.jpg" alt="Image attachment">
                </label>
              </div>
            </div>
"""
FILE = """\
            <div class="attachment attachment-unknown-type">
              <div class="document-icon"><div class="document-ext">pdf</div></div>
              <div>[Attachment 'plan.pdf']<span class="msg-dl-link"><a></a></span></div>
            </div>
"""
QUOTE = """\
            <div class="msg-quote">
              <a class="quote-link" href="#3">
                <div class="msg-quote-message">
                  <div class="msg-name">
                    <div class="membername">Mira Groß</div>
                  </div>
                  <pre dir="auto">kommst du?</pre>
                </div>
              </a>
            </div>
"""
LINK = """\
            <div class="attachment">
              <div class="msg-lp-img-container">
                <label for="z"><img src="media/p.jpg" alt="Image attachment"></label>
              </div>
            </div>
            <div class="lp">
              <div class="lp-title">
                The news
              </div>
            </div>
"""
EDITED = """\
              <div class="edited"><span>edited</span><div class="edited-info">\
<div class="history-header">Edit history</div>          <div class="msg msg-outgoing">\
<div><pre dir="auto">um acht</pre></div>\
<div class="footer"><span class="msg-data">May 01, 2024 10:00:04</span></div></div></div>
</div>
"""
REACTIONS = """\
            <div class="msg-reactions">
              <div class="msg-reaction"><span class="msg-emoji">👍</span>\
<div class="msg-reaction-info">From: Mira</div></div>
            </div>
"""
DELETED = "<div>\n  <pre>This message was deleted.</pre>\n</div>\n"
GREETING = 'hey <span class="msg-emoji">😀</span>\n<b>kommst</b> du?'
CALL = '<span class="msg-video-call-missed"></span>Missed video call'

DIRECT = (
    HEAD.format(title="Mira &amp; Jon", subtitle="+49 151 1234567\n")
    + status(1, '<span class="msg-profile-icon"></span>Mira changed their profile name.')
    + message(
        "incoming", 2, body('hey <span class="msg-emoji">😀</span>\n<b>kommst</b> du?') + REACTIONS
    )
    + message("outgoing msg-sender-2", 3, QUOTE + body("ja &lt;3"), suffix=", Send failed")
    + message("outgoing msg-sender-2", 4, body("um neun"), EDITED)
    + message("outgoing msg-sender-2 no-bg-bubble", 5, IMAGE)
    + message("incoming", 6, FILE)
    + message("incoming", 7, LINK + body('<a href="https://a.de">https://a.de</a>'))
    + message("incoming deleted-msg", 8, DELETED)
    + status(9, CALL)
    + END
)
NAMED = """\
            <div class="msg-name msg-name-7">
              <div class="membername">{name}</div>
              <div class="memberlabel-bg"><div class="memberlabel">🐐 Chef</div></div>
            </div>
"""
OLD_NAME = '            <span class="msg-name msg-name-8">Mira</span>\n'
GROUP = (
    HEAD.format(title="Bergziegen", subtitle=MEMBERS)
    + '          <div class="incoming-group-msg">\n            <div class="avatar avatar-7">\n'
    + "              <span>J</span>\n            </div>\n"
    + message("incoming", 1, NAMED.format(name="Jon") + body("who's in?"))
    + "          </div>\n"
    + message("outgoing msg-sender-2", 2, body("me"))
    + message(
        "incoming",
        3,
        '            <span class="msg-name msg-name-8">Mira</span>\n' + body("me too"),
    )
    + END
)

SAMPLES = (Sample("Mira.html", DIRECT), Sample("Bergziegen (_id3).html", GROUP))


def test_a_chat_of_two(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Mira.html")
    assert seen(messages) == [
        ("", False, "system", "Mira changed their profile name."),
        ("Mira & Jon", False, "text", "hey 😀\nkommst du?"),
        ("You", True, "text", "ja <3"),
        ("You", True, "text", "um neun"),
        ("You", True, "image", ""),
        ("Mira & Jon", False, "file", ""),
        ("Mira & Jon", False, "text", "https://a.de"),
        ("Mira & Jon", False, "system", ""),
        ("", False, "call", ""),
    ]
    assert [m.edited for m in messages].index(True) == 3
    assert [m.recalled for m in messages].index(True) == 7
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Mira & Jon", "direct")}
    assert messages[2].sent_at - messages[1].sent_at == 1000


def test_a_group_names_who_wrote(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Bergziegen (_id3).html")
    assert seen(messages) == [
        ("Jon", False, "text", "who's in?"),
        ("You", True, "text", "me"),
        ("Mira", False, "text", "me too"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Bergziegen", "group")}


def test_a_picture_keeps_its_caption(tmp_path: Path) -> None:
    page = HEAD.format(title="Mira", subtitle="") + message("outgoing", 1, IMAGE + body("Boot"))
    (said,) = read(put(tmp_path, Sample("a.html", page + END)))
    assert (said.kind, said.text) == ("image", "Boot")


def test_its_other_pages_and_half_pages(tmp_path: Path) -> None:
    index = put(tmp_path, Sample("index.html", DIRECT.replace("--msgincoming-b", "--body-c")))
    assert not signalbackup_html.recognizes(ExportFile(index))
    half = put(tmp_path, Sample("half.html", DIRECT[: len(DIRECT) // 2]))
    with pytest.raises(InputError, match="breaks off"):
        read(half)
