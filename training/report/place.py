"""Where reports lie."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.config import Config

PAGE = "index.html"


def reports_folder(config: "Config") -> Path:
    return config.path_of("reports")


def dataset_page(config: "Config") -> Path:
    return reports_folder(config) / "dataset.html"


def report_folder(config: "Config", run_id: int) -> Path:
    return reports_folder(config) / f"run-{run_id}"


def report_page(config: "Config", run_id: int) -> Path | None:
    """The page of the run's report, if there is one."""
    page = report_folder(config, run_id) / PAGE
    return page if page.is_file() else None
