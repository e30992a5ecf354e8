"""Read the names of weekdays as chat programs write them beside a date."""

import re

_AFFIXES = re.compile(r"曜日?|星期|週|周|요일|วัน|\.")
# From Monday on: Japanese, Chinese, Korean, Thai short and long, Indonesian.
_WEEKS = (
    "月火水木金土日",
    "一二三四五六日",
    "월화수목금토일",
    ("จ", "อ", "พ", "พฤ", "ศ", "ส", "อา"),
    ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("sen", "sel", "rab", "kam", "jum", "sab", "min"),
)
_DAYS = {name: day for week in _WEEKS for day, name in enumerate(week)}


def weekday(name: str) -> int | None:
    """The day's number, from 0 for Monday; None for a name in another language."""
    short = _AFFIXES.sub("", name).strip().lower()
    return _DAYS.get(short[:3] if short.isascii() else short)
