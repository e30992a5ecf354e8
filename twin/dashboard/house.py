"""What the owner's pages see and steer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from storage.outbox import Piece
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config import Config
from twin.connectors.base import Connector
from twin.engine.base import Engine
from twin.samples import Samples
from twin.training import Training


@dataclass(frozen=True)
class House:
    """The running bot.

    `say` sends approved pieces; `order` obeys what `/twin` takes ("train", "rollback") and answers
    in a line, or raises TwinError. `report` writes the dataset's report anew, or raises TwinError.
    """

    db: Database
    config: Config
    engine: Engine
    connectors: Sequence[Connector]
    training: Training | None
    say: Callable[[Sequence[Piece]], None]
    order: Callable[[str], str]
    samples: Samples | None = None
    report: Callable[[], Awaitable[None]] | None = None
    clock: Clock = SYSTEM_CLOCK
