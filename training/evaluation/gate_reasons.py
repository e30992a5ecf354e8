"""Word the gate's reasons. The dashboard translates the same sentences by their codes."""

from training.evaluation.scores import GateReason, GateVerdict
from twin.score_labels import GATE_SENTENCES

NOTHING_HELD_OUT = GateReason("nothing_held_out")


def verdict_of(*grounds: GateReason, promoted: bool = False) -> GateVerdict:
    reasons = [GATE_SENTENCES[ground.code].format(**ground.values) for ground in grounds]
    return GateVerdict(promoted, reasons, list(grounds))
