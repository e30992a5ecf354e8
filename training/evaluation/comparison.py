"""Score each model's answers beside the owner's."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from storage.quotes import Run, long_runs, said_elsewhere
from training.dataset.build import Built
from training.dataset.samples import Sample
from training.evaluation import style
from training.evaluation.authorship import Authorship
from training.evaluation.ends import measure_ends
from training.evaluation.four import four_score
from training.evaluation.generation import ModelOutput
from training.evaluation.scores import PERSON, AnswerExample, Evaluation, Interval, Scores
from training.loss import mean_loss
from twin.privacy.readings import wordings

EXAMPLES = 10


class LearntRuns:
    """The long runs of words in the training answers."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: set[Run] = {run for text in texts for run in long_runs(text)}

    def is_quoted(self, answer: str) -> bool:
        return any(run in self._runs for run in long_runs(answer))


class Scorer:
    """The owner's held-out answers, as the measure for everybody's."""

    def __init__(
        self, db: Database, built: Built, asked: Sequence[Sample], friends: Sequence[str]
    ) -> None:
        """`friends`: what other people answered, oldest first; empty where there is nothing."""
        self._db, self._asked, self._held_out = db, asked, len(built.held_out)
        self._all_own = [sample.output for sample in (*built.train, *built.held_out)]
        taught = [sample.output for sample in built.train]
        self._friends = friends
        self._authorship = Authorship(taught, friends[: -2 * len(asked)])  # the rest is its floor
        self._learnt = LearntRuns(taught)
        self._own = [sample.output for sample in asked]

    def evaluation(
        self,
        outputs: dict[str, ModelOutput],
        own_repeats: Sequence[bool],
        against: dict[str, Interval],
        drift: float | None,
        planted: int,
    ) -> Evaluation:
        """Everybody's scores and answers, by the model's name and "person"."""
        answers = {PERSON: self._own} | {
            name: [reply.text for reply in output.replies] for name, output in outputs.items()
        }
        scores = {name: self.of_model(output) for name, output in outputs.items()}
        ends = measure_ends(
            self._own, self._all_own, self._friends, self._held_out, self._authorship
        )
        return Evaluation(
            held_out=self._held_out,
            prompts=len(self._asked),
            scores=scores | {PERSON: self.of_person(own_repeats)},
            against=against,
            drift=drift,
            answers=answers,
            examples=self._examples(answers),
            canaries=planted,
            ceiling=ends.ceiling,
            floor=ends.floor,
        )

    def of_model(self, output: ModelOutput) -> Scores:
        texts = [reply.text for reply in output.replies]
        distances: dict[str, Any] = {
            field: distance(texts, self._own) for field, distance in style.COMPARISONS.items()
        }
        return replace(
            self._of_texts(texts, output.repeats),
            loss=mean_loss(output.losses),
            stop_share=share([reply.stopped for reply in output.replies]),
            canaries_out=output.canaries_out,
            canary_share=output.canary_share,
            general_share=output.general_share,
            real_of_four=four_score([choice.own for choice in output.choices]),
            voice_of_four=four_score([choice.others for choice in output.choices]),
            **distances,
        )

    def of_person(self, repeated: Sequence[bool]) -> Scores:
        """What is usual: the owner repeats and quotes too. The rest has no meaning here."""
        return self._of_texts(self._own, repeated)

    def _of_texts(self, texts: Sequence[str], repeated: Sequence[bool]) -> Scores:
        """What can be said of anybody's answers; nothing that compares them with the owner's."""
        return Scores(
            loss=None,
            stop_share=None,
            repeat_share=share(repeated),
            characters=mean_length(texts),
            copy_share=self._copy_share(texts),
            leak_share=self._leak_share(texts),
            empty_share=style.empty_share(texts),
            alike_share=style.alike_share(texts),
            authorship=self._authorship.score(texts),
            **dict.fromkeys(style.COMPARISONS),
        )

    def _examples(self, answers: dict[str, list[str]]) -> list[AnswerExample]:
        """Spread evenly over the prompts: neighbours are often of one conversation."""
        count = min(EXAMPLES, len(self._asked))
        chosen = [at * len(self._asked) // count for at in range(count)]
        return [
            AnswerExample(
                friend=self._asked[at].input,
                answers={name: texts[at] for name, texts in answers.items()},
            )
            for at in chosen
        ]

    def _copy_share(self, texts: Sequence[str]) -> float:
        return share([self._learnt.is_quoted(text) for text in texts])

    def _leak_share(self, texts: Sequence[str]) -> float:
        chats = [sample.chat_id for sample in self._asked]
        return share(
            [
                any(said_elsewhere(self._db, words, chat) for words in wordings(text))
                for text, chat in zip(texts, chats, strict=True)
            ]
        )


def share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def mean_length(texts: Sequence[str]) -> float:
    """In characters."""
    return sum(map(len, texts)) / len(texts) if texts else 0.0
