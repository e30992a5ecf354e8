"""How far the account's events have been logged, kept in a file."""

import asyncio
import json
from pathlib import Path

from storage.atomic_files import write_text
from storage.errors import TwinError
from twin.connectors.matrix.account import FOLDER, Account


class SyncToken:
    """One account's place in what its homeserver tells. Another account begins anew."""

    def __init__(self, data: Path, account: Account) -> None:
        self._path = data / FOLDER / "sync.json"
        self._of = f"{account.user_id} at {account.homeserver}"
        self.value = self._load()

    async def keep(self, token: str) -> None:
        """Call it when what came before is on the disk. Raises TwinError."""
        if token == self.value:
            return
        text = json.dumps({"account": self._of, "since": token})
        try:
            await asyncio.to_thread(write_text, self._path, text, mode=0o600)
        except OSError as error:
            raise TwinError(f"{self._path}: can't be written ({error.strerror})") from error
        self.value = token

    def _load(self) -> str | None:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None  # what was there before the first start is no news
        except (OSError, ValueError) as error:
            raise TwinError(
                f"{self._path}: can't be read ({type(error).__name__}); mend it, or delete it to "
                "begin with what is written from then on"
            ) from None
        is_ours = isinstance(kept, dict) and kept.get("account") == self._of
        since = kept.get("since") if is_ours else None
        return since if isinstance(since, str) and since else None
