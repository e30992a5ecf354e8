"""What a report says of when the person answers, as it was foretold and as it was."""

from collections.abc import Mapping
from typing import Any

from twin.score_labels import count, percent


def rhythm_rows(found: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """`found`: the document of `AnswersAtAll`; no rows without it."""
    if found is None:
        return []
    return [
        ("Bursts learnt from, and judged", f"{count(found['learnt'])}, {count(found['judged'])}"),
        ("Answered", percent(found["answered"])),
        (
            "Answered or not, AUC (0.5 is chance)",
            f"{found['auc']:.3f} ({found['auc_low']:.3f} to {found['auc_high']:.3f})",
        ),
        ("The same by the chat alone", f"{found['auc_of_chat']:.3f}"),
        ("Probabilities are off by", percent(found["calibration_error"])),
        ("Delay of an answer, quartiles", ", ".join(f"{s:,.0f} s" for s in found["delay_s"])),
        (
            "Delay, pinball loss (with one delay for all)",
            f"{found['pinball']:.3f} ({found['pinball_constant']:.3f})",
        ),
        ("Delays within the foretold 10 to 90%", percent(found["within_80"])),
        ("Pieces of an answer", f"{found['pieces']:.1f}"),
    ]
