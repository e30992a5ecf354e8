"""From what was heard to scores: each model's answers beside the owner's."""

from collections.abc import Sequence

from sqlite_utils import Database

from storage.copies import said_elsewhere
from training.dataset import Built
from training.judging import style
from training.judging.copied import Learnt
from training.judging.detector import detector_auc
from training.judging.hearing import Heard
from training.judging.scores import PERSON, Example, Scores
from training.loss import mean_loss
from training.rows import Row

EXAMPLES = 10


class Comparison:
    """The owner's held-out answers, as the measure for everybody's."""

    def __init__(self, db: Database, built: Built, asked: Sequence[Row]) -> None:
        self._db, self._asked = db, asked
        self._learnt = Learnt(row.output for row in built.train)
        self._own = [row.output for row in asked]

    def of_model(self, heard: Heard) -> Scores:
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

    def answers(self, heard: dict[str, Heard]) -> dict[str, list[str]]:
        said = {name: [reply.text for reply in each.replies] for name, each in heard.items()}
        return {PERSON: self._own} | said

    def examples(self, answers: dict[str, list[str]]) -> list[Example]:
        """Spread evenly over the prompts: neighbours are often of one conversation."""
        count = min(EXAMPLES, len(self._asked))
        chosen = [at * len(self._asked) // count for at in range(count)]
        return [
            Example(
                friend=self._asked[at].input,
                answers={name: said[at] for name, said in answers.items()},
            )
            for at in chosen
        ]

    def _copy_share(self, said: Sequence[str]) -> float:
        return share([self._learnt.is_quoted(text) for text in said])

    def _leak_share(self, said: Sequence[str]) -> float:
        chats = [row.chat_id for row in self._asked]
        return share(
            [said_elsewhere(self._db, t, chat) for t, chat in zip(said, chats, strict=True)]
        )


def share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def mean_length(texts: Sequence[str]) -> float:
    return sum(map(len, texts)) / len(texts) if texts else 0.0
