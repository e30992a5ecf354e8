"""signalbackup-tools' text."""

from pathlib import Path

import pytest

from tests.storage.importers.samples import Sample, put, read, read_sample, seen

TEXT = """[May 01, 2023 10:00:00] *** You accepted the message request
[May 01, 2023 10:00:01] <Ann Ahn> hey (Ben: 👍; Zoe (work): ❤️)
[May 01, 2023 10:00:02] <Ben> two lines
and (not: a reaction)
[May 01, 2023 10:00:03] *** <Ann Ahn> sent file "IMG 1.jpg"
[May 01, 2023 10:00:03] <Ann Ahn> look (Ben: 😍)
[May 01, 2023 10:00:04] *** <Ben> sent file of type audio/aac (Ann Ahn: 👍)
[May 01, 2023 10:00:05] *** <Ben> sent file
[May 01, 2023 10:00:06] *** Missed voice call
[May 01, 2023 10:00:07] <Ben> Poll: When?
                                     [1] now
                                     [0] never
[May 01, 2023 10:00:08] <Ben> Poll: what is a poll?
[May 01, 2023 10:00:09] <Ann Ahn> 5 > 3 <b> *** [May 02]
"""
SAMPLES = (Sample("Ann Ahn (_id12).txt", TEXT, me="Ben"),)


def test_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Ann Ahn (_id12).txt")
    assert seen(messages) == [
        ("", False, "system", "You accepted the message request"),
        ("Ann Ahn", None, "text", "hey"),
        ("Ben", None, "text", "two lines\nand (not: a reaction)"),
        ("Ann Ahn", None, "image", ""),
        ("Ann Ahn", None, "text", "look"),
        ("Ben", None, "voice", ""),
        ("Ben", None, "file", ""),
        ("", False, "call", ""),
        ("Ben", None, "other", ""),
        ("Ben", None, "text", "Poll: what is a poll?"),
        ("Ann Ahn", None, "text", "5 > 3 <b> *** [May 02]"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Ann Ahn", "direct")}
    assert messages[0].sent_at == 1682935200000


@pytest.mark.parametrize("said", ["ok (see: page 3)", "(a: 👍) no", "smile :)", "fun (☺)"])
def test_brackets_that_people_write_stay(tmp_path: Path, said: str) -> None:
    (message,) = read(put(tmp_path, Sample("a.txt", f"[May 01, 2023 10:00:00] <Ann> {said}\n")))
    assert message.text == said
