"""WhatsApp's text of Android and iPhone."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.storage.importers.samples import Sample, read, read_sample, seen

WHATSAPP = """\
12/12/19, 02:08 - Messages and calls are end-to-end encrypted.
12/12/19, 02:09 - Anna: hi
there
12/13/19, 02:10 - Ben: hello
12/13/19, 02:11 - Anna: <Media omitted>
"""
IPHONE = """\
[23.07.23, 10:17:53] Anna: hi
\u200e[23.07.23, 10:18:00] Ben: \u200eimage omitted
[24.07.23, 10:18:01] Ben: yes: really \u200e<This message was edited>
[24.07.23, 10:18:09] Anna: \u200eThis message was deleted.
"""

SAMPLES = (
    Sample("WhatsApp Chat with Anna.txt", WHATSAPP, me="Ben"),
    Sample("_chat.txt", IPHONE, me="Ben"),
)


def test_android(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "WhatsApp Chat with Anna.txt")
    assert seen(messages) == [
        ("", False, "system", "Messages and calls are end-to-end encrypted."),
        ("Anna", None, "text", "hi\nthere"),
        ("Ben", None, "text", "hello"),
        ("Anna", None, "other", ""),
    ]
    assert {m.chat_name for m in messages} == {"Anna"}
    # 12/13 decides 12/12
    assert messages[2].sent_at - messages[1].sent_at == 86_460_000


def test_iphone(tmp_path: Path) -> None:
    messages = read_sample(tmp_path / "WhatsApp Chat - Anna", "_chat.txt")
    assert seen(messages) == [
        ("Anna", None, "text", "hi"),
        ("Ben", None, "image", ""),
        ("Ben", None, "text", "yes: really"),
        ("Anna", None, "system", "This message was deleted."),
    ]
    assert [m.recalled for m in messages] == [False, False, False, True]
    assert {m.chat_name for m in messages} == {"Anna"}


@pytest.mark.parametrize(
    ("start", "time"),
    [
        ("2/9/20, 2:09 PM - ", (14, 9, 0)),
        ("2/9/20, 2:09\u202fPM - ", (14, 9, 0)),
        ("[2/9/20, 2:09:07\u202fam] ", (2, 9, 7)),
        ("9.2.2020, 14:09 - ", (14, 9, 0)),
        ("2020/2/9 下午2:09 - ", (14, 9, 0)),
        ("[2020/2/9, 14:09:07] ", (14, 9, 7)),
        ("9/2/20, 2:09 p. m. - ", (14, 9, 0)),
        ("09-02-2020, 14.09 - ", (14, 9, 0)),
        ("\u200e[9/2/20 12:09:00 AM] ", (0, 9, 0)),
    ],
)
def test_how_phones_write_times(tmp_path: Path, start: str, time: tuple[int, int, int]) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"{start}Anna: hi\n", encoding="utf-8")
    (message,) = read(path)
    local = datetime.fromtimestamp(message.sent_at / 1000).astimezone()
    assert (local.hour, local.minute, local.second) == time
    assert (message.sender_name, message.text) == ("Anna", "hi")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("<Media omitted>", "other"),
        ("<Medien ausgeschlossen>", "other"),
        ("<省略多媒体文件>", "other"),
        ("image omitted", "image"),
        ("sticker omitted", "sticker"),
        ("audio omitted", "voice"),
        ("Video weggelassen", "video"),
        ("图片忽略", "image"),
        ("IMG-20200101-WA0001.jpg (file attached)", "image"),
        ("PTT-20200101-WA0001.opus (file attached)", "voice"),
        ("<attached: 00000012-PHOTO-2020-01-01.jpg>", "image"),
        ("Missed voice call", "call"),
        ("I omitted the image", "text"),
        ("a <b> c", "text"),
    ],
)
def test_placeholders(tmp_path: Path, words: str, kind: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"13/2/20, 14:09 - Anna: {words}\n", encoding="utf-8")
    (message,) = read(path)
    assert message.kind == kind
    assert (message.text == words) is (kind == "text")
