"""MemoTrace's TXT."""

from pathlib import Path

from tests.storage.importers.samples import Sample, read_sample, seen

MEMOTRACE_TXT = """\
2024-10-04 11:43:05 小明
在吗
有空吗

2024-10-04 11:43:09 我
在

2024-10-04 11:43:20 小明
[图片]

"""

SAMPLES = (Sample("memotrace.txt", MEMOTRACE_TXT, me="我"),)


def test_memotrace_txt(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "memotrace.txt")) == [
        ("小明", None, "text", "在吗\n有空吗"),
        ("我", None, "text", "在"),
        ("小明", None, "image", ""),
    ]
