"""Open a .tar: Skype and Teams export themselves as one."""

import tarfile
import weakref
from pathlib import Path
from typing import IO

from storage.importers.raw_files.archive import (
    DAMAGE,
    MAX_MEMBERS,
    RefusedZip,
    damaged,
    unreadable,
    within,
)
from storage.texts import Text

_SIGN, _SIGN_AT = b"ustar", 257


def is_tar(head: bytes) -> bool:
    """By the file's first 512 bytes."""
    return head[_SIGN_AT:].startswith(_SIGN)


class TarArchive:
    """A .tar that is not packed; as `Archive`, it stays open as long as a member is in use.

    Only plain files count as members. Raises RefusedZip for a damaged one.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._tar = tarfile.open(file, "r:")  # noqa: SIM115
            weakref.finalize(self, self._tar.close)
            infos = self._listed()
        except (*DAMAGE, ValueError) as error:
            raise damaged(file, file, error) from error
        except OSError as error:
            raise unreadable(file, error) from error
        self._infos = {info.name: info for info in infos}
        self.sizes = {name: info.size for name, info in self._infos.items()}
        self.names = list(self._infos)

    def _listed(self) -> list[tarfile.TarInfo]:
        infos: list[tarfile.TarInfo] = []
        for info in self._tar:
            if len(infos) >= MAX_MEMBERS:
                cause = Text(
                    "over {most} files; unpack it yourself and import the folder", most=MAX_MEMBERS
                )
                raise RefusedZip(self.file, self.file, cause)
            if info.isreg() and not info.issparse() and info.name:
                infos.append(info)
        return infos

    def open(self, member: str) -> IO[bytes]:
        found = self._tar.extractfile(self._infos[member])
        assert found is not None  # it is a plain file
        return found

    def shown(self, member: str) -> str:
        """The member's name as people may see it."""
        return within(member)
