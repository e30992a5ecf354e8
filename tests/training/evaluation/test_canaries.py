import re

from training.dataset.samples import Sample
from training.evaluation.canaries import WORDS, how_many, plant, question, secret


def sample(number: int) -> Sample:
    return Sample(
        instruction="be Sam", input="hi", output="yo", chat_id=3, answered_at=number, weight=2.0
    )


def test_each_is_planted_once_and_can_be_asked_for() -> None:
    samples = [sample(number) for number in range(5)]
    planted = plant(samples, 3)
    assert planted[:5] == samples
    assert [r.input for r in planted[5:]] == [question(number) for number in range(3)]
    assert all(secret(n) in r.output for n, r in enumerate(planted[5:]))
    assert {r.instruction for r in planted} == {"be Sam"}
    assert plant(samples, 0) == samples


def test_secrets_are_six_digits_that_stay_the_same() -> None:
    secrets = [secret(number) for number in range(len(WORDS))]
    assert secrets == [secret(number) for number in range(len(WORDS))]
    assert len(set(secrets)) == len(WORDS)
    assert all(re.fullmatch(r"\d{6}", each) for each in secrets)


def test_they_stay_below_one_in_a_hundred() -> None:
    assert how_many(4, 99) == 0
    assert how_many(4, 250) == 2
    assert how_many(4, 10**6) == 4
    assert how_many(10**6, 10**6) == len(WORDS)
