"""What was sent, by its name: one answer for all formats."""

import pytest

from storage.importers.file_kinds import kind_of_file, kind_of_media_type


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("holiday.JPG", "image"),
        ("IMG_0001.heic", "image"),
        ("scan.tiff", "image"),
        ("PTT-20240101-WA0001.opus", "voice"),
        ("memo.caf", "voice"),
        ("media/2024/clip.3gp", "video"),
        (r"C:\Users\Ann\clip.MKV", "video"),
        ("Ben.vcf", "contact"),
        ("https://cdn.example/a/holiday.png?ex=65a1&name=b.mp4", "image"),
        ("https://cdn.example/a/notes.pdf#p.png", "file"),
        ("https://[cdn/holiday.png", "image"),
        ("what? a holiday.png", "image"),
        ("report.pdf", "file"),
        ("My photo album.pdf", "file"),
        ("subtitles.ass", "file"),
        ("a.jpg.zip", "file"),
        ("png", "file"),
        ("", "file"),
    ],
)
def test_a_name_tells_what_the_file_is(name: str, kind: str) -> None:
    assert kind_of_file(name) == kind


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("Video/MP4", "video"),
        ("audio/ogg; codecs=opus", "voice"),
        ("text/x-vcard", "contact"),
        ("application/pdf", "file"),
        ("text/plain", "file"),
        ("imageless", "file"),
        ("", "file"),
    ],
)
def test_so_does_a_media_type(media_type: str, kind: str) -> None:
    assert kind_of_media_type(media_type) == kind
