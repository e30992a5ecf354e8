"""The echoes of what was sent, as gateways alter them."""

import pytest
from sqlite_utils import Database

from storage.outbox import add_piece, move_piece
from tests.alterations import ALTERATIONS
from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import at_work
from tests.twin.connectors.wechaty.gateway import ANN, Gateway
from tests.twin.connectors.wechaty.inboxes import inbox_of
from tests.twin.fakes import FakeTime, chat_with, said
from twin.connectors.base import MessageReceived, Outgoing
from twin.connectors.echoes import Echoes

SENT = "see you at eight 🙂 & bring <b>wine</b>"


async def test_every_alteration_is_known(gateway: Gateway, db: Database, make: Make) -> None:
    gateway.login()
    chat = chat_with(db, ANN, platform="wechat")
    texts = {f"{number}: {SENT}": alter for number, alter in enumerate(ALTERATIONS.values())}
    gateway.order("set", echoAs={text: alter(text) for text, alter in texts.items()})
    connector = make(gateway.settings())
    async with at_work(connector, into=inbox_of(db).handle) as events:
        for text in texts:
            piece = add_piece(db, chat.id, text)
            move_piece(db, piece.id, "sending")
            await connector.send(ANN, Outgoing(text))
            move_piece(db, piece.id, "sent")
            await events.first(MessageReceived)
    logged = db.execute("SELECT origin, text FROM messages ORDER BY id").fetchall()
    assert logged == [("twin", text) for text in texts]


class Log:
    def __init__(self) -> None:
        self.texts: list[str] = []

    async def take(self, event: MessageReceived) -> None:
        self.texts.append(event.text)


@pytest.mark.parametrize(
    ("after_s", "text", "is_known"),
    [
        (40, "see you at eight [微笑] &amp; bring <b>wine</b>", True),
        (40, "no, I can't", False),
        (75, SENT, False),
        (75, "see you at nine & bring wine", False),
    ],
)
async def test_an_echo_that_comes_after_its_stand_in(
    time: FakeTime, after_s: float, text: str, is_known: bool
) -> None:
    log = Log()
    echoes = Echoes(time.clock, log.take)
    echoes.expect("ann", SENT)
    await time.advance(after_s)
    assert log.texts == [SENT]
    assert echoes.is_known(said(text, time.seconds, id="e1", from_owner=True)) == is_known
    await echoes.close()
    assert log.texts == [SENT]
