import random

from training.evaluation.detector import detector_auc

WORDS = ("sure", "maybe", "pizza", "game", "work", "tired", "home", "later", "cool", "nice")


def answers(seed: int, count: int = 40) -> list[str]:
    drawn = random.Random(seed)
    return [" ".join(drawn.choices(WORDS, k=5)) for _ in range(count)]


def test_the_same_manner_can_not_be_told_apart() -> None:
    auc = detector_auc(answers(1), answers(2))
    assert auc is not None
    assert 0.3 < auc < 0.7


def test_a_habit_gives_the_twin_away() -> None:
    auc = detector_auc([f"{text.capitalize()}." for text in answers(1)], answers(2))
    assert auc is not None
    assert auc > 0.9


def test_too_few_answers_tell_nothing() -> None:
    assert detector_auc(answers(1, 9), answers(2, 9)) is None
    assert detector_auc(answers(1, 12), answers(2, 11)) is None
