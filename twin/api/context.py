"""What the API is served from."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlite_utils import Database

from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.engine.base import Engine


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The running twin. `order_training` begins a run, and raises TwinError when it can't."""

    config: Config
    db: Database
    engine: Engine
    order_training: Callable[[], str]
    clock: Clock = SYSTEM_CLOCK
