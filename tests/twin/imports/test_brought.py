"""What is said of the files that an import brings along."""

from pathlib import Path

from storage.importers.report import FilesReport
from twin.config.load import parse_config
from twin.imports.brought import file_limits, files_lines
from twin.language import Language

EVERYTHING = FilesReport(
    named=21, came=1, known=2, missing=3, too_large=4, no_room=5, unreadable=6, bytes=1_250_000
)


def test_only_what_happened_is_said() -> None:
    english, chinese = Language("en"), Language("zh_CN")
    assert files_lines(english, None, dry_run=False) == []
    assert files_lines(english, FilesReport(), dry_run=False) == []
    said = files_lines(english, EVERYTHING, dry_run=False)
    assert [line.split()[0] for line in said] == ["1", "2", "3", "4", "5", "6"]
    assert said[0] == "1 file came along (1.2 MB)"
    assert files_lines(english, EVERYTHING, dry_run=True)[0] == "1 file would come along (1.2 MB)"
    assert len(files_lines(chinese, EVERYTHING, dry_run=True)) == 6
    assert files_lines(chinese, EVERYTHING, dry_run=True) != said


def test_the_settings_say_how_much() -> None:
    limits = file_limits(parse_config("", Path("config.toml")))
    assert limits is not None
    assert limits.total > limits.each > 0
    none = parse_config("[media]\nimport_mb = 0\n", Path("config.toml"))
    assert file_limits(none) is None
