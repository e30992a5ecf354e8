"""A run as it might have been: a person who writes short, a candidate that learnt it half."""

import random
from dataclasses import dataclass, replace

from training.evaluation.scores import AnswerExample, Evaluation, GateVerdict, Interval, Scores
from training.report.run_report import RunFacts

PERSON_SAYS = [
    "ok",
    "haha sure",
    "明天见！",
    "nah\ntoo late for me",
    "好的\n我晚点到",
    "where r u?",
]
BASE_SAYS = [
    "I'd be happy to help you with that! What would you like to know?",
    "That sounds great. Please let me know if there is anything else I can do for you.",
    "当然可以！请告诉我更多细节，我会尽力为您提供帮助。",
]
LONG = "so I went there and waited for an hour, and then it began to rain really hard. " * 12
CHINESE = "昨天我们去了那家新开的火锅店，味道很好，就是人太多了，排了两个小时的队。" * 3


@dataclass(frozen=True)
class Told:
    """What write_report is given."""

    run: RunFacts
    evaluation: Evaluation
    verdict: GateVerdict


def scores(loss: float | None, distance: float | None, detector: float | None) -> Scores:
    return Scores(
        loss=loss,
        stop_share=None if loss is None else 0.98,
        repeat_share=0.02,
        characters=14.2,
        length_distance=distance,
        pieces_distance=distance,
        punctuation_distance=distance,
        emoji_distance=None,
        case_distance=distance,
        detector=detector,
        copy_share=0.11,
        leak_share=0.0,
        canaries_out=None if loss is None else 0,
        general_share=None if loss is None else 0.55,
    )


def answers(chance: random.Random, known: float, number: int) -> list[str]:
    """So many answers, that share of them like the person's."""
    return [
        chance.choice(PERSON_SAYS if chance.random() < known else BASE_SAYS) for _ in range(number)
    ]


def examples(count: int) -> list[AnswerExample]:
    asked = ["hey, are you coming tonight?", CHINESE, "look\nat\nthis", LONG]
    return [
        AnswerExample(
            asked[number % 4],
            {
                "base": BASE_SAYS[number % 3] if number else LONG,
                "live": PERSON_SAYS[(number + 1) % 6],
                "candidate": PERSON_SAYS[(number + 2) % 6],
                "person": PERSON_SAYS[number % 6] if number != 3 else CHINESE,
            },
        )
        for number in range(count)
    ]


def made_up() -> Told:
    chance = random.Random(7)
    run = RunFacts(
        run_id=12,
        adapter="20251103-031500-run12",
        reason="schedule",
        base_model="smollm2-135m-instruct",
        started_at=1_762_139_700_000,
        result={
            "steps": 180,
            "samples": 1432,
            "held_out": 159,
            "tokens": 84_211,
            "tokens_per_second": 913.4,
            "seconds": 421.7,
            "phases": {"loading the base model": 2.1, "training": 301.0, "judging": 118.6},
            "peak_mb": 2210,
        },
        dataset={
            "chats": 14,
            "messages": 6210,
            "context": 2410,
            "target": 2105,
            "dropped": {"friend: not answered": 1200, "not a text message": 400, "recalled": 95},
            "answers": 1591,
            "train": 1432,
            "held_out": 159,
        },
        curves={
            "loss": [(step, 3 + 2 / (1 + step / 20)) for step in range(1, 181, 5)],
            "held_out_loss": [(0, 4.31), (180, 3.22)],
        },
    )
    evaluation = Evaluation(
        held_out=159,
        prompts=100,
        scores={
            "base": scores(4.312, 0.81, 0.97),
            "live": scores(3.31, 0.22, 0.68),
            "candidate": scores(3.224, 0.17, 0.61),
            "person": scores(None, None, None),
        },
        against={"base": Interval(-1.088, -1.16, -1.01), "live": Interval(-0.086, -0.19, 0.02)},
        drift=0.07,
        answers={
            "base": answers(chance, 0.0, 100),
            "live": answers(chance, 0.7, 100),
            "candidate": answers(chance, 0.85, 100),
            "person": answers(chance, 1.0, 100),
        },
        examples=examples(12),
        canaries=5,
        ceiling={"detector": 0.5, "length_distance": 0.12, "emoji_distance": 0.0},
        floor={"detector": 0.88, "length_distance": 0.25, "emoji_distance": None},
    )
    reasons = ["loss 3.224, live 3.310: no worse", "copies 11%, the person 11%"]
    return Told(run, evaluation, GateVerdict(True, reasons))


def from_file(told: Told) -> RunFacts:
    """A run on a file, from which nothing was held out."""
    return replace(
        told.run,
        dataset={"file": "/home/sam/al_paca.json", "answers": 40, "train": 40, "held_out": 0},
        curves={},
    )
