"""What QQ for Windows writes as a whole line in place of what only a phone shows."""

import re

from storage.messages import Kind

_LINES: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\[QQ红包\].{0,60}(?:查收红包|QQ查看)。?"), "transfer"),
    (re.compile(r"\[闪照\].{0,30}查看闪照。?"), "image"),
    (re.compile(r"通话时长 ?\d{1,3}(?::\d{2}){1,2}"), "call"),
)


def kind_of_qq_line(text: str) -> Kind | None:
    return next((kind for line, kind in _LINES if line.fullmatch(text.strip())), None)
