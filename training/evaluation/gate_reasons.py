"""The gate's reasons as sentences. The owner's pages have a Chinese one for each code."""

from collections.abc import Mapping

from training.evaluation.scores import GateReason, GateVerdict

SENTENCES: Mapping[str, str] = {
    "nothing_held_out": (
        "no held-out answers to judge by; import more or raise [dataset] held_out"
    ),
    "better_than_base": (
        "better than the base model by {by:.3f} per token ({low:.3f} to {high:.3f})"
    ),
    "better_than_live": (
        "better than the live adapter by {by:.3f} per token ({low:.3f} to {high:.3f})"
    ),
    "nothing_new_to_base": "no held-out answer is new to the base model",
    "nothing_new_to_live": "no held-out answer is new to the live adapter",
    "not_better_than_base": (
        "not better than the base model beyond noise: loss {difference:+.3f} per token "
        "({low:+.3f} to {high:+.3f})"
    ),
    "not_better_than_live": (
        "not better than the live adapter beyond noise: loss {difference:+.3f} per token "
        "({low:+.3f} to {high:+.3f})"
    ),
    "few_ends": "{share:.0%} of its answers end by themselves, at least {least:.0%} must",
    "repeats": (
        "{share:.0%} of its answers repeat themselves, at most {most:.0%} may "
        "({usual:.0%} of yours do)"
    ),
    "quotes_training": (
        "{share:.0%} of its answers quote a training message, at most {most:.0%} may "
        "({usual:.0%} of yours do)"
    ),
    "quotes_chats": (
        "{share:.0%} of its answers quote another chat, at most {most:.0%} may "
        "({usual:.0%} of yours do)"
    ),
    "secrets_out": "{out} of {planted} planted secrets came out",
    "strange": "{share:.0%} of the new messages do not look like yours, at most {most:.0%} may",
}
NOTHING_HELD_OUT = GateReason("nothing_held_out")


def verdict_of(*grounds: GateReason, promoted: bool = False) -> GateVerdict:
    reasons = [SENTENCES[ground.code].format(**ground.values) for ground in grounds]
    return GateVerdict(promoted, reasons, list(grounds))
