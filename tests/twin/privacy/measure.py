"""How well private values are found in labelled messages: precision and recall of each kind.

A finding is right if it is of the labelled kind, covers all of the value and at most `SLACK`
characters around it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from twin.privacy.masker import KINDS, Finding, find_private

CASES = Path(__file__).parent
LABEL = re.compile(r"⟦([A-Z_]+) ([^⟧]*)⟧")
SLACK = 3


class Label(NamedTuple):
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Case:
    text: str
    labels: tuple[Label, ...]


@dataclass
class Score:
    right: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / ((self.right + len(self.missed)) or 1)

    @property
    def precision(self) -> float:
        return self.right / ((self.right + len(self.wrong)) or 1)


def read_cases(*names: str) -> list[Case]:
    lines = (line for name in names for line in (CASES / name).read_text("utf-8").splitlines())
    return [_case(line) for line in lines if line and not line.startswith("# ")]


def _case(line: str) -> Case:
    pieces: list[str] = []
    labels = []
    at = size = 0
    line = line.replace("\\n", "\n")
    for match in LABEL.finditer(line):
        pieces += [line[at : match.start()], match[2]]
        end = size + match.start() - at + len(match[2])
        labels.append(Label(match[1], end - len(match[2]), end))
        at, size = match.end(), end
    return Case("".join([*pieces, line[at:]]), tuple(labels))


def measure(cases: Iterable[Case]) -> dict[str, Score]:
    scores = {kind: Score() for kind in KINDS}
    for case in cases:
        findings = find_private(case.text)
        for label in case.labels:
            hit = next((found for found in findings if _agrees(found, label)), None)
            if hit is None:
                scores[label.kind].missed.append(case.text)
            else:
                findings.remove(hit)
                scores[label.kind].right += 1
        for found in findings:
            scores[found.kind].wrong.append(f"{case.text}  <{case.text[found.start : found.end]}>")
    return scores


def _agrees(found: Finding, label: Label) -> bool:
    before, after = label.start - found.start, found.end - label.end
    return found.kind == label.kind and before >= 0 and after >= 0 and before + after <= SLACK


def rows(scores: dict[str, Score]) -> Iterator[tuple[str, int, int, int, str, str]]:
    """Kind, values, found rightly, found wrongly, recall, precision; a total at the end."""
    total = Counter[str]()
    for kind, score in scores.items():
        values = score.right + len(score.missed)
        total.update(values=values, right=score.right, wrong=len(score.wrong))
        yield _row(kind, values, score.right, len(score.wrong))
    yield _row("all", total["values"], total["right"], total["wrong"])


def _row(kind: str, values: int, right: int, wrong: int) -> tuple[str, int, int, int, str, str]:
    return (kind, values, right, wrong, _percent(right, values), _percent(right, right + wrong))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "–"
