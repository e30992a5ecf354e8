"""Estimates in words: about 8 to 25 min, 3.7 GB."""

from storage.texts import Text
from twin.engine.bases.costs import Span

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
GB = 1e9


def time_in_words(span: Span) -> Text:
    """Of seconds, in the unit of the high end."""
    if span.high < 2 * MINUTE:
        return _words(span, 1, Text("about {span} s", span="{span}"))
    if span.high < 2 * HOUR:
        return _words(span, MINUTE, Text("about {span} min", span="{span}"))
    if span.high < 2 * DAY:
        return _words(span, HOUR, Text("about {span} h", span="{span}"))
    return _words(span, DAY, Text("about {span} days", span="{span}"))


def _words(span: Span, unit: float, words: Text) -> Text:
    low, high = _rounded(span.low / unit), _rounded(span.high / unit)
    return Text(words.template, span=low if low == high else f"{low}–{high}")


def _rounded(value: float) -> str:
    """An estimate has no more than two digits."""
    if value >= 10:
        digits = len(str(int(value))) - 2
        return f"{round(value / 10**digits) * 10**digits:d}"
    return f"{value:.1f}" if value < 2 else f"{value:.0f}"


def gigabytes(size: float) -> str:
    return f"{size / GB:.1f} GB"
