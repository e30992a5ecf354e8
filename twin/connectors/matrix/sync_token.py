"""How far the account's events have been logged, kept in a file."""

import asyncio
import json
from pathlib import Path

from storage.atomic_files import write_secret
from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.matrix.account import FOLDER, Account


class SyncToken:
    """One account's place in what its homeserver tells. Another account begins anew.

    `heard_at`: when it got so far, by the server's clock in UTC milliseconds; None: not known.
    """

    def __init__(self, data: Path, account: Account) -> None:
        self._path = data / FOLDER / "sync.json"
        self._of = f"{account.user_id} at {account.homeserver}"
        self.heard_at: int | None = None
        self._kept = self.value = self._load()

    async def keep(self, token: str, heard_at: int | None = None, *, whole: bool = True) -> None:
        """Call it when what came before is on the disk. Raises TwinError.

        `whole`: else some of it is still held back, and comes again after a restart.
        """
        self.value, self.heard_at = token, heard_at
        if not whole or token == self._kept:
            return
        text = json.dumps({"account": self._of, "since": token, "heard_at": heard_at})
        await asyncio.to_thread(write_secret, self._path, text)
        self._kept = token

    def _load(self) -> str | None:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None  # what was there before the first start is no news
        except (OSError, ValueError, RecursionError) as error:
            raise TwinError(
                Text(
                    "{path}: can't be read ({cause}); mend it, or delete it to begin with what is "
                    "written from then on",
                    path=self._path,
                    cause=type(error).__name__,
                )
            ) from None
        is_ours = isinstance(kept, dict) and kept.get("account") == self._of
        since = kept.get("since") if is_ours else None
        heard_at = kept.get("heard_at") if is_ours else None
        self.heard_at = heard_at if type(heard_at) is int else None
        return since if isinstance(since, str) and since else None
