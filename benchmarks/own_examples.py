"""Show own earlier answers before a conversation: `python -m benchmarks.own_examples FOLDER`.

FOLDER is a copy of a data folder with its config.toml. Prints the held-out loss of the base and of
the live adapter, without examples and with exchanges of the same chat that lie before the
conversation: drawn, or nearest by their words. `--train` also trains an adapter that is shown them
and one that is not, on the same answers, and compares the two.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.held_out import losses_of
from benchmarks.sweep import Trial, difference_of, learn, newest, table
from storage.adapters import live_adapter
from storage.database import open_database
from training.dataset.build import Built
from training.dataset.chat_samples import ChatSamples, gather_chats, make_samples
from training.dataset.samples import Exchange, Sample
from training.loss import mean_loss
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.model import load_torch_model

Chooser = Callable[[ChatSamples, int, Sequence[Exchange], int], Sequence[Exchange]]
MOST_CHARACTERS = 120  # of either side of an example: three or four are to fit
RECENT = 400  # examples are drawn from these
ROOM = 256  # tokens for the examples besides [train] max_tokens, so that no answer is cut for them


class Examples:
    """Finds examples for each conversation; `count` of them, none where nothing lies before it."""

    def __init__(self, config: Config, choose: Chooser, count: int) -> None:
        self._config, self._choose, self._count = config, choose, count
        gathered = gather_chats(open_database(config.database), config)
        make_samples(gathered, config)  # notes which answers teach nothing
        self._chats = {chat.chat["id"]: chat for chat in gathered}
        self._texts: dict[tuple[int, int], str] = {}

    def shown_to(self, samples: Sequence[Sample]) -> list[Sample]:
        return [replace(sample, memory=self._text(sample)) for sample in samples]

    def _text(self, sample: Sample) -> str:
        place = sample.chat_id, sample.conversation
        if place not in self._texts:
            chat = self._chats[sample.chat_id]
            past = [each for each in chat.exchanges if _is_example(each, sample.conversation)]
            chosen = self._choose(chat, sample.conversation, past, self._count) if past else []
            self._texts[place] = _block(chosen, self._config.owner.name)
        return self._texts[place]


def _is_example(exchange: Exchange, conversation: int) -> bool:
    is_short = max(len(exchange.input), len(exchange.output)) <= MOST_CHARACTERS
    is_earlier = exchange.conversation < conversation
    return is_earlier and is_short and bool(exchange.input) and exchange.untaught is None


def drawn(
    chat: ChatSamples, conversation: int, past: Sequence[Exchange], count: int
) -> Sequence[Exchange]:
    """Any of the newest; the same ones in every run."""
    recent = past[-RECENT:]
    return Random(f"{chat.chat['id']} {conversation}").sample(recent, min(count, len(recent)))


def nearest_by_words(
    chat: ChatSamples, conversation: int, past: Sequence[Exchange], count: int
) -> Sequence[Exchange]:
    """Those that share rare words with the friend's first words; the newer one where equal."""
    texts = [f"{each.input} {each.output}" for each in past]
    words = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+")
    try:
        found = words.fit_transform(texts)
    except ValueError:  # not a word in any of them
        return past[-count:]
    asked = words.transform([chat.openings[conversation].asked])
    likeness = (found @ asked.T).toarray()[:, 0]
    nearest = sorted(range(len(past)), key=lambda at: (likeness[at], at))[-count:]
    return [past[at] for at in nearest]


def _block(examples: Sequence[Exchange], owner: str) -> str:
    if not examples:
        return ""
    lines = (f"Friend: {each.input}\n{owner}: {each.output}" for each in examples)
    return "\n".join(["Earlier:", *lines])


def compare(folder: Path, answers: int, held_out: int, count: int) -> None:
    """Base and live adapter, neither trained with examples."""
    config, built = _with_room(folder, answers, held_out)
    live = live_adapter(open_database(config.database))
    models = {"base": None} | ({"live": config.path_of(live.path)} if live else {})
    shown = {"nothing": list(built.held_out)} | {
        name: Examples(config, choose, count).shown_to(built.held_out)
        for name, choose in (("drawn", drawn), ("nearest by words", nearest_by_words))
    }
    print("| | shown | held-out loss | difference (95%) |\n|---|---|---|---|")
    for name, path in models.items():
        model = load_torch_model(config, path)
        without = losses_of(model, config, shown["nothing"])
        for what, samples in shown.items():
            mine = without
            if what != "nothing":
                mine = losses_of(model, config, samples)
            figures = f"{mean_loss(mine):.3f} | {difference_of(mine, without)}"
            print(f"| {name} | {what} | {figures} |", flush=True)


def compare_trained(folder: Path, answers: int, held_out: int, count: int) -> None:
    config, built = _with_room(folder, answers, held_out)
    examples = Examples(config, nearest_by_words, count)
    with_them = replace(
        built,
        train=examples.shown_to(built.train),
        held_out=examples.shown_to(built.held_out),
    )
    trials: dict[str, Trial] = {"without": learn(config, built)}
    trials["with examples"] = learn(config, with_them)
    print(table(trials))


def _with_room(folder: Path, answers: int, held_out: int) -> tuple[Config, Built]:
    config, built = newest(load_config(folder / "config.toml"), answers, held_out)
    train = config.train.model_copy(update={"max_tokens": config.train.max_tokens + ROOM})
    return config.model_copy(update={"train": train}), built


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own_examples", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answers", type=int, default=480, help="to train on")
    parser.add_argument("--held-out", type=int, default=160, help="to score")
    parser.add_argument("--count", type=int, default=4, help="examples before a conversation")
    parser.add_argument("--train", action="store_true", help="also train with and without")
    given = parser.parse_args()
    compare(given.folder, given.answers, given.held_out, given.count)
    if given.train:
        compare_trained(given.folder, given.answers, given.held_out, given.count)
