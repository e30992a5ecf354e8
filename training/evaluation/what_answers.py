"""What answers for an adapter while it is judged: what friends will be answered by."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import TwinError
from twin.config.schema import Config
from twin.engine.base import LoadedModel

log = logging.getLogger(__name__)


@contextmanager
def what_answers(
    config: Config, adapter: Path | None, here: Callable[[], LoadedModel]
) -> Iterator[LoadedModel]:
    """The server of [engine] with that adapter, or `here` without a server, or where it can't take
    the adapter now, as llama.cpp before it is started again.
    """
    if not config.engine.server:
        yield here()
        return
    from twin.engine.server.served_model import ServedModel

    try:
        served = ServedModel(config, adapter)
    except TwinError as error:
        log.warning("judged by answers of this process: %s", error)
        yield here()
        return
    try:
        yield served
    finally:
        served.close()
