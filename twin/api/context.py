"""What the API's routes get."""

from dataclasses import dataclass, field

from sqlite_utils import Database

from twin.actions import Actions
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.engine.base import Engine
from twin.loop_lag import LoopLag


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The running twin."""

    config: Config
    db: Database
    engine: Engine
    actions: Actions
    clock: Clock = SYSTEM_CLOCK
    lag: LoopLag = field(default_factory=LoopLag)
