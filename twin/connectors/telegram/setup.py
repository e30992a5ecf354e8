"""Walk the owner through connecting a bot to their account, each step checked with Telegram."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telegram import Update
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden

from storage.errors import TwinError
from storage.texts import Text
from twin.clock import Clock
from twin.connectors.telegram.account import Connection, connection_file, load_connection
from twin.connectors.telegram.api import ApiClient
from twin.connectors.telegram.owner_account import OwnerAccount
from twin.language import N_

LOOK_S = 3.0  # between two looks; Telegram answers the same question no oftener

NEW_BOT = N_("""\
A bot of your own is needed, which @BotFather makes in a minute:
  1. Open https://t.me/BotFather in Telegram and send /newbot.
  2. Give it a name, and a user name that ends in "bot".
  3. @BotFather answers with a token, which looks like 123456:ABC-def. Who has it is the bot.""")
ALLOW = N_("""\
@{name} may not be connected to accounts yet:
  Open https://t.me/BotFather, send /mybots, choose @{name}, then Bot Settings → Secretary Mode
  (earlier: Business Mode) → Turn on.""")
ADD = N_("""\
@{name} is not connected to your account yet. In Telegram, on your phone:
  Settings → Chat Automation (earlier: Telegram Business → Chatbots), enter {name}, choose the chats
  that it may see, and allow it to reply to messages and to mark messages as read.""")
MAY_REPLY = N_("""\
@{name} is connected, and may not answer yet. In Telegram, on your phone:
  Settings → Chat Automation → @{name}: allow it to reply to messages.""")
START = N_("""\
@{name} can't write to you yet:
  Open https://t.me/{name} and press Start. There it tells you what happens, and takes /twin.""")


@dataclass(slots=True)
class Progress:
    """How far it is. `connection`: the owner's, once there is one."""

    bot_name: str
    can_connect: bool
    connection: Connection | None = None
    can_write: bool = False

    @property
    def next_step(self) -> Text | None:
        """What the owner does next; None when all is done."""
        connection = self.connection
        if not self.can_connect:
            step = ALLOW
        elif connection is None or not connection.is_enabled:
            step = ADD
        elif not connection.can_reply:
            step = MAY_REPLY
        elif not self.can_write:
            step = START
        else:
            return None
        return Text(step, name=self.bot_name)


class Setup:
    """`listens`: whether nobody else asks for the bot's updates; else the running bot finds the
    connection. Nothing is confirmed to Telegram, so that no message is lost.
    """

    def __init__(self, client: ApiClient, data: Path, *, listens: bool) -> None:
        self._client, self._data, self._listens = client, data, listens
        self._account = OwnerAccount(client, data)

    async def look(self) -> Progress:
        """Raises telegram's errors."""
        me = await self._client.get_me()
        progress = Progress(me.username or "", bool(me.can_connect_to_business))
        if self._listens:
            await self._find()
        else:
            self._account.connection = load_connection(self._data, self._client.id)
        await self._account.look()
        progress.connection = self._account.connection
        if progress.next_step == Text(START, name=progress.bot_name):
            progress.can_write = await self._can_write()
        return progress

    @property
    def owner_id(self) -> int | None:
        """Whose account the bot is connected to, as far as it is known."""
        connection = self._account.connection
        return None if connection is None else connection.owner_id

    def refuse(self) -> None:
        """It is somebody else's account: wait for another one."""
        connection_file(self._data).unlink(missing_ok=True)
        self._account.refuse()

    async def _find(self) -> None:
        """The connection that is told, or that a message came through."""
        for told in await self._client.ask_updates(0, 0):
            update = Update.de_json(_only_connection(told), self._client)
            if update.business_connection is not None:
                self._account.take(update.business_connection)
            else:
                message = told.get("business_message", {})
                await self._account.is_owners(message.get("business_connection_id"))

    async def _can_write(self) -> bool:
        connection = self._account.connection
        assert connection is not None
        try:
            await self._client.send_chat_action(connection.chat_id, ChatAction.TYPING)
        except (BadRequest, Forbidden):
            return False
        return True


async def walk(
    setup: Setup,
    tell: Callable[[Text], None],
    confirm: Callable[[Text], bool],
    clock: Clock,
    *,
    patient: bool,
) -> Progress:
    """Until all is done. Without `patient`: TwinError with the next step where one is missing.

    confirm: asks the owner; it is called once, when an account was connected.
    """
    said: Text | None = None
    known = setup.owner_id
    while True:
        progress = await setup.look()
        connection = progress.connection
        if connection is not None and patient and known != connection.owner_id:
            question = Text(
                "The bot is connected to the account of {name} (id {id}). Is this you?",
                name=connection.owner_name,
                id=connection.owner_id,
            )
            if confirm(question):
                known = connection.owner_id
            else:
                setup.refuse()
                progress.connection = None
        step = progress.next_step
        if step is None:
            return progress
        if not patient:
            raise TwinError(step)
        if step != said:
            tell(step)
            tell(Text("Waiting for it; Ctrl+C ends, and the next time goes on from here."))
            said = step
        await clock.sleep(LOOK_S)


def _only_connection(told: dict[str, object]) -> dict[str, object]:
    """Of an update what is of use here; messages are left to the bot."""
    return {name: told[name] for name in ("update_id", "business_connection") if name in told}
