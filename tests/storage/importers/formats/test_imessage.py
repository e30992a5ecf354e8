"""imessage-exporter's text."""

from dataclasses import replace
from pathlib import Path

import pytest

from storage.importers.base import ImportedMessage
from tests.storage.importers.samples import Sample, put, read, read_sample, sample_named, seen

IMESSAGE = """\
May 17, 2022  5:29:42 PM (Read by you after 2 minutes)
Ann
hi
there

May 17, 2022  5:30:00 PM
Me
/Users/ben/Library/Messages/Attachments/IMG_1.HEIC

May 17, 2022  5:31:00 PM
Me
what
Tapbacks:
Liked by Ann

"""

SAMPLES = (Sample("imessage.txt", IMESSAGE),)


def test_imessage(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "imessage.txt")
    assert seen(messages) == [
        ("Ann", False, "text", "hi\nthere"),
        ("Me", True, "image", ""),
        ("Me", True, "text", "what"),
    ]
    assert "Liked by Ann" in (messages[2].raw or "")


def test_imessage_under_a_name_of_ones_own(tmp_path: Path) -> None:
    text = sample_named("imessage.txt").text.replace("\nMe\n", "\nBen\n")
    messages = read(put(tmp_path, replace(sample_named("imessage.txt"), text=text)))
    assert [m.from_owner for m in messages] == [None] * 3


DAY = "Jun 02, 2023  9:15:0{} AM"


def body(tmp_path: Path, *lines: str) -> ImportedMessage:
    text = "\n".join([DAY.format(1), "Me", *lines, "", DAY.format(9), "Zoe", "ok", "", ""])
    return read(put(tmp_path, Sample("Zoe.txt", text)))[0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            [f"{DAY.format(1)} cu at ten", "Edited 1 minute, 3 seconds later: see you at ten"],
            "see you at ten",
        ),
        (["party!", "Sent with Fireworks", "Tapbacks:", "Loved by Zoe", ""], "party!"),
        (["sure", f"    {DAY.format(5)}", "    Zoe", "    great", ""], "sure"),
        (["yes", "This message responded to an earlier message."], "yes"),
        (["Edited volumes are heavy"], "Edited volumes are heavy"),
        (["hi", "Tapbacks:", "    Loved by Zoe", "    👍 by Me"], "hi"),
        (["hi", "Unable to format announcement!", ""], "hi"),
        (["Salut !", "Translated from:", "Hey!"], "Hey!"),
        (["Translated from:", "the Greek"], "Translated from:\nthe Greek"),
        (["\ufffcso cute"], "so cute"),
        (["- eggs (2)", "- milk (1)"], "- eggs (2)\n- milk (1)"),
        (["Transcription: of a song"], "Transcription: of a song"),
        (["Reactions:", "none so far"], "Reactions:\nnone so far"),
        (["    four spaces"], "    four spaces"),
        (["Sent with love"], "Sent with love"),
        (["Quick message:", "call me"], "Quick message:\ncall me"),
    ],
)
def test_words_without_what_the_program_adds(tmp_path: Path, lines: list[str], words: str) -> None:
    message = body(tmp_path, *lines)
    assert (message.kind, message.text, message.from_owner) == ("text", words, True)


@pytest.mark.parametrize(
    ("lines", "kind", "words"),
    [
        (["attachments/7/81.heic", "our garden"], "image", "our garden"),
        (["Voice_002.caf"], "voice", ""),
        (["Attachment missing!"], "other", ""),
        (["Outline Sticker from Me: attachments/7/9.heic"], "sticker", ""),
        (["https://example.org/x", "Ten gardens", "A list."], "link", ""),
        (["https://example.org/x"], "text", "https://example.org/x"),
        (["Apple Cash transaction: $5.00"], "other", ""),
        (["main.py is broken"], "text", "main.py is broken"),
        (["Audio Message.caf", "Transcription: Test"], "voice", ""),
        (["attachments/7/a.caf", "Transcription: see", "you"], "voice", "you"),
        (["Check\u00a0In: Timer Started", f"Checked in at {DAY.format(1)}"], "other", ""),
        (["GamePigeon message:", "8 Ball"], "other", ""),
        (["- Rust (1)", "  - Zoe", "- Go (0)"], "other", ""),
        (["attachments/7/1.png", f"{DAY.format(1)} a", "Edited 2 seconds later: b"], "image", "b"),
        (["stays", "You unsent this message part 2 seconds after sending!"], "text", "stays"),
        (["main.py"], "text", "main.py"),
        (["attachments/7/main.py"], "file", ""),
        (["kiss.my.ass"], "text", "kiss.my.ass"),
        (["IMG_0003.avif"], "image", ""),
        (["Library/7/1.pluginPayloadAttachment"], "link", ""),
        (["Started sharing location!"], "location", ""),
        (["Started sharing location!", "ok?"], "text", "Started sharing location!\nok?"),
    ],
)
def test_kinds(tmp_path: Path, lines: list[str], kind: str, words: str) -> None:
    message = body(tmp_path, *lines)
    assert (message.kind, message.text) == (kind, words)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["You deleted a message."], "system"),
        (["You unsent this message part 12 seconds after sending!"], "system"),
        (["This message was deleted from the conversation!", "oops"], "text"),
    ],
)
def test_taken_back(tmp_path: Path, lines: list[str], kind: str) -> None:
    message = body(tmp_path, *lines)
    assert (message.kind, message.recalled) == (kind, True)


def test_what_happened_to_the_chat_is_said_by_nobody(tmp_path: Path) -> None:
    text = f"{DAY.format(1)}\nMe\nhi\n\n{DAY.format(2)} Zoe added Jo to the conversation.\n\n"
    messages = read(put(tmp_path, Sample("chat.txt", text)))
    assert seen(messages) == [
        ("Me", True, "text", "hi"),
        ("", False, "system", "Zoe added Jo to the conversation."),
    ]


def test_a_message_that_was_unsent_as_a_whole_leaves_an_event(tmp_path: Path) -> None:
    text = f"{DAY.format(1)}\nMe\nhi\n\n{DAY.format(2)} You unsent a message!\n\n"
    messages = read(put(tmp_path, Sample("chat.txt", text)))
    assert [(m.kind, m.recalled) for m in messages] == [("text", False), ("system", True)]
