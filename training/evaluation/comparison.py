"""From what was heard to scores: each model's answers beside the owner's."""

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from storage.quotes import Run, long_runs, said_elsewhere
from training.dataset.build import Built
from training.dataset.samples import Sample
from training.evaluation import style
from training.evaluation.detector import detector_auc
from training.evaluation.generation import ModelOutput
from training.evaluation.scores import PERSON, AnswerExample, Scores
from training.loss import mean_loss

EXAMPLES = 10


class LearntRuns:
    """The long runs of words in the training answers."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: set[Run] = {run for text in texts for run in long_runs(text)}

    def is_quoted(self, answer: str) -> bool:
        return any(run in self._runs for run in long_runs(answer))


class Scorer:
    """The owner's held-out answers, as the measure for everybody's."""

    def __init__(self, db: Database, built: Built, asked: Sequence[Sample]) -> None:
        self._db, self._asked = db, asked
        self._learnt = LearntRuns(sample.output for sample in built.train)
        self._own = [sample.output for sample in asked]

    def of_model(self, heard: ModelOutput) -> Scores:
        said, own = [reply.text for reply in heard.replies], self._own
        return Scores(
            loss=mean_loss(heard.losses),
            stop_share=share([reply.stopped for reply in heard.replies]),
            repeat_share=share(heard.repeats),
            characters=mean_length(said),
            length_distance=style.length_distance(said, own),
            pieces_distance=style.pieces_distance(said, own),
            punctuation_distance=style.punctuation_distance(said, own),
            emoji_distance=style.emoji_distance(said, own),
            case_distance=style.case_distance(said, own),
            detector=detector_auc(said, own),
            copy_share=self._copy_share(said),
            leak_share=self._leak_share(said),
            canaries_out=heard.canaries_out,
            canary_share=heard.canary_share,
            general_share=heard.general_share,
        )

    def of_person(self, repeated: Sequence[bool]) -> Scores:
        """What is usual: the owner repeats and quotes himself too. The rest has no meaning here."""
        return Scores(
            loss=None,
            stop_share=None,
            repeat_share=share(repeated),
            characters=mean_length(self._own),
            length_distance=None,
            pieces_distance=None,
            punctuation_distance=None,
            emoji_distance=None,
            case_distance=None,
            detector=None,
            copy_share=self._copy_share(self._own),
            leak_share=self._leak_share(self._own),
        )

    def answers(self, heard: dict[str, ModelOutput]) -> dict[str, list[str]]:
        said = {name: [reply.text for reply in each.replies] for name, each in heard.items()}
        return {PERSON: self._own} | said

    def examples(self, answers: dict[str, list[str]]) -> list[AnswerExample]:
        """Spread evenly over the prompts: neighbours are often of one conversation."""
        count = min(EXAMPLES, len(self._asked))
        chosen = [at * len(self._asked) // count for at in range(count)]
        return [
            AnswerExample(
                friend=self._asked[at].input,
                answers={name: said[at] for name, said in answers.items()},
            )
            for at in chosen
        ]

    def _copy_share(self, said: Sequence[str]) -> float:
        return share([self._learnt.is_quoted(text) for text in said])

    def _leak_share(self, said: Sequence[str]) -> float:
        chats = [sample.chat_id for sample in self._asked]
        return share(
            [said_elsewhere(self._db, t, chat) for t, chat in zip(said, chats, strict=True)]
        )


def share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def mean_length(texts: Sequence[str]) -> float:
    return sum(map(len, texts)) / len(texts) if texts else 0.0
