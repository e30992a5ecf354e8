"""What answers for an adapter while it is judged: what friends will be answered by."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from storage.errors import TwinError
from training.dataset.encoding import Encoded
from twin.config.schema import Config
from twin.engine.base import LoadedModel, NotScored
from twin.prompting.chat_template import IGNORED

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


def losses_there(model: LoadedModel, sequences: Sequence[Encoded]) -> list[tuple[float, int]]:
    """(sum of the loss over its label tokens, their number) of each sequence, by the server.

    Raises NotScored where another one than the server answers, or it does not tell.
    """
    from twin.engine.server.served_model import ServedModel

    if not isinstance(model, ServedModel):
        raise NotScored("the server can't answer for one of the adapters now")
    places = [_labelled(each) for each in sequences]
    asked = [(each["input_ids"], at[0]) for each, at in zip(sequences, places, strict=True) if at]
    found = iter(model.log_probs(asked))
    return [(_loss(next(found), at), len(at)) if at else (0.0, 0) for at in places]


def _labelled(sequence: Encoded) -> list[int]:
    """Places of its labels; of the first token nothing can be said."""
    return [at for at, label in enumerate(sequence["labels"]) if at and label != IGNORED]


def _loss(log_probs: Sequence[float], places: Sequence[int]) -> float:
    """`log_probs`: of the tokens from the first of the places on."""
    return -sum(log_probs[at - places[0]] for at in places)
