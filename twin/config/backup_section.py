"""The section [backup]: of the backup of each night."""

from pydantic import Field

from twin.config.section import Section
from twin.config.values import CountOrZero, FilePath


class BackupSettings(Section):
    keep: CountOrZero = 0
    folder: FilePath = Field(default="backups", min_length=1)
    passphrase_file: FilePath = ""
    secrets: bool = False
