"""The keys of encrypted rooms: where they are kept, and what nio leaves to a loop of one's own.

nio sends on when keys could not be shared, and forgets to make new ones when the last was taken.
"""

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientError
from nio import (
    AsyncClient,
    AsyncClientConfig,
    ErrorResponse,
    KeysQueryResponse,
    SyncResponse,
)
from nio.store import SqliteStore
from peewee import PeeweeException

from storage.atomic_files import write_text
from storage.errors import TwinError
from storage.texts import Text
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.matrix.cautious_olm import CautiousOlm
from twin.connectors.matrix.late_keys import LateKeys
from twin.language import N_

log = logging.getLogger(__name__)

KEYS_FOLDER = "matrix/keys"
STORE, SECRET = "keys.db", "keys.secret"
# Whoever sends the keys to nobody had better send nothing.
_NOBODY_READS = Text(
    "matrix: the keys of this room could not be handed out; it is tried again later"
)
_OTHER_KEYS = Text(
    "matrix: encrypted rooms are left alone, since another program has this "
    "device's keys; log out with `bot.py matrix logout` and in again"
)
_UNREADABLE = N_(
    "matrix: {count} of your friends' messages could not be read, since their keys did not come; "
    "have them trust this device with `bot.py matrix verify`"
)


class KeysError(TwinError):
    """The keys can't be used, or could not be handed out."""


def keys_config(data: Path, **more: Any) -> AsyncClientConfig:
    """A client's configuration with a store of keys; its folder is `data / KEYS_FOLDER`."""
    return AsyncClientConfig(
        encryption_enabled=True,
        store=SqliteStore,
        store_name=STORE,
        pickle_key=_secret(data / KEYS_FOLDER),
        **more,
    )


class KeysClient(AsyncClient):  # type: ignore[misc]
    """A client that takes from an encrypted message only what its sender may say."""

    def load_store(self) -> None:
        if not self.config.encryption_enabled:
            return
        folder = Path(self.store_path)
        with _explained(folder):
            _check_database(folder / STORE)
            try:
                super().load_store()
                self.olm = CautiousOlm(self.user_id, self.device_id, self.store)
            except Exception:
                self._close_store()
                raise

    async def close(self) -> None:
        self._close_store()
        await super().close()

    def _close_store(self) -> None:
        if self.store is not None:
            self.store.database.close()


class Keys:
    """The keys of one connection. `late`: the messages whose keys have not come yet."""

    def __init__(self, client: AsyncClient, clock: Clock = SYSTEM_CLOCK) -> None:
        self._client, self._sharing = client, asyncio.Lock()
        self._is_known = self._is_foreign = False
        self.late = LateKeys(client, clock)

    @property
    def problem(self) -> str | None:
        """Why encrypted rooms, or some messages there, can't be read."""
        if self._is_foreign:
            return _OTHER_KEYS
        count = self.late.given_up
        return Text(_UNREADABLE, count=count) if count else None

    async def upkeep(self, answer: SyncResponse) -> None:
        """Call it after each sync. What a server does not answer is asked again after the next."""
        try:
            await self._upkeep(answer)
        except (ClientError, OSError, TimeoutError) as error:
            log.debug("matrix: keys wait for the next sync (%s)", type(error).__name__)

    async def _upkeep(self, answer: SyncResponse) -> None:
        client = self._client
        if client.olm is not None and not self._is_known:
            await self.recognize()
        if client.olm is None:
            return
        if answer.device_key_count.signed_curve25519 == 0:
            client.olm.uploaded_key_count = 0  # nio takes 0 for "not told"
        if client.should_upload_keys:
            await client.keys_upload()
        await self._query()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())
        await client.send_to_device_messages()

    async def hand_out(self, room_id: str) -> None:
        """Call it before a message to an encrypted room: whoever is in it can read it then.

        Raises KeysError where that could not be done; nothing was sent.
        """
        async with self._sharing:
            room = self._client.rooms[room_id]
            if not room.members_synced:
                await self._client.joined_members(room_id)
                if not room.members_synced:
                    raise KeysError(_NOBODY_READS)
            await self._query()
            if self._client.olm.should_share_group_session(room_id):
                await self._share(room_id)

    async def _share(self, room_id: str) -> None:
        client = self._client
        try:
            await client.share_group_session(room_id, ignore_unverified_devices=True)
        finally:
            client.sharing_session.pop(room_id, None)  # left behind, the next would wait for ever
        session = client.olm.outbound_group_sessions[room_id]
        reached = session.users_shared_with | session.users_ignored
        if any(device not in reached for device in self._reachable(room_id)):
            del client.olm.outbound_group_sessions[room_id]
            raise KeysError(_NOBODY_READS)

    def _reachable(self, room_id: str) -> Iterator[tuple[str, str]]:
        """The devices there to which there is a way. A device without one is lost or was left."""
        olm = self._client.olm
        for user in self._client.rooms[room_id].users:
            for device in olm.device_store.active_user_devices(user):
                if olm.session_store.get(device.curve25519):
                    yield user, device.id

    async def _query(self) -> None:
        """Ask for the devices of who is new or has a new one; who does not answer is left."""
        asked = set(self._client.olm.users_for_key_query)
        if asked and isinstance(await self._client.keys_query(), KeysQueryResponse):
            self._client.olm.users_for_key_query -= asked

    async def recognize(self) -> None:
        """Give up encryption where the server knows this device by other keys than ours."""
        client = self._client
        client.olm.users_for_key_query.add(client.user_id)
        answer = await client.keys_query()
        if isinstance(answer, ErrorResponse):
            return
        theirs = answer.device_keys.get(client.user_id, {}).get(client.device_id)
        if theirs is None:
            client.olm.account.shared = False  # never told, or lost there
        elif not is_own(client.olm, theirs):
            client.olm, self._is_foreign = None, True
        self._is_known = True


def is_own(olm: Any, device_keys: dict[str, Any]) -> bool:
    """Whether these keys, as a server shows them, are those of this device."""
    ours = {f"{kind}:{olm.device_id}": key for kind, key in olm.account.identity_keys.items()}
    return bool(device_keys.get("keys") == ours)


def _secret(folder: Path) -> str:
    """What the store is encrypted with; made the first time."""
    path = folder / SECRET
    with _explained(folder):
        if not path.exists() and not (folder / STORE).exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_text(path, secrets.token_urlsafe(32) + "\n", mode=0o600)
        return path.read_text(encoding="utf-8").strip()


def _check_database(path: Path) -> None:
    """nio would leave it open, were it none. Raises sqlite3.Error."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("SELECT 1 FROM sqlite_master").fetchall()


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    # What vodozemac raises is a ValueError.
    except (OSError, PeeweeException, sqlite3.Error, ValueError) as error:
        raise KeysError(
            Text(
                "{folder}: the keys can't be used ({cause}); bring the folder back from a "
                "backup, or log out with `bot.py matrix logout` and in again",
                folder=folder,
                cause=type(error).__name__,
            )
        ) from None
