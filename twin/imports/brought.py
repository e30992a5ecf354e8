"""The files that an import brings along: how many may come, and what is said of them."""

from collections.abc import Iterator

from storage.importers.import_files import FileLimits
from storage.importers.report import FilesReport
from twin.config.schema import Config
from twin.language import Language

MB = 10**6


def file_limits(config: Config) -> FileLimits | None:
    """As the settings say; None where none are to come."""
    total = config.media.import_mb * MB
    return FileLimits(total, min(config.media.import_file_mb * MB, total)) if total else None


def files_lines(language: Language, report: FilesReport | None, *, dry_run: bool) -> list[str]:
    """What became, or would become, of the files that messages name; [] where none does."""
    return [] if report is None else list(_lines(language, report, dry_run))


def _lines(language: Language, report: FilesReport, dry_run: bool) -> Iterator[str]:
    say, mb = language.say_n, language.number(report.bytes / MB, 1)
    if n := report.came:
        would = say("{n} file would come along ({mb} MB)", "{n} files would come along ({mb} MB)",
                    n, mb=mb)  # fmt: skip
        came = say("{n} file came along ({mb} MB)", "{n} files came along ({mb} MB)", n, mb=mb)
        yield would if dry_run else came
    if n := report.known:
        yield say("{n} file was here already", "{n} files were here already", n)
    if n := report.missing:
        yield say(
            "{n} file that a message names is not in the export",
            "{n} files that messages name are not in the export",
            n,
        )
    if n := report.too_large:
        yield say(
            "{n} file is larger than [media] import_file_mb and stays out",
            "{n} files are larger than [media] import_file_mb and stay out",
            n,
        )
    if n := report.no_room:
        yield say(
            "{n} older file stays out: [media] import_mb, or the disk, has no room for it",
            "{n} older files stay out: [media] import_mb, or the disk, has no room for them",
            n,
        )
    if n := report.unreadable:
        yield say("{n} file is empty or damaged", "{n} files are empty or damaged", n)
