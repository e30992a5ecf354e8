"""imessage-exporter's text."""

from dataclasses import replace
from pathlib import Path

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
