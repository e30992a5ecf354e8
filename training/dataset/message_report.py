"""What became of every message, by chat and month."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, Literal

Fate = Literal["target", "context", "dropped"]
FATES: tuple[Fate, ...] = ("target", "context", "dropped")


class MessageReport:
    """Counts messages: each is a target, context, or dropped for one reason.

    The messages of an exchange are counted in the month of its answer, others in their own.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._counts: Counter[tuple[int, str, Fate, str]] = Counter()
        self._months: dict[int, str] = {}

    def add(self, chat_id: int, at: int, fate: Fate, count: int = 1, reason: str = "") -> None:
        """Count messages of a chat; `at` in UTC milliseconds."""
        if count:
            self._counts[chat_id, self._month(at), fate, reason] += count

    def total(self, fate: Fate) -> int:
        return sum(count for key, count in self._counts.items() if key[2] == fate)

    @property
    def dropped(self) -> dict[str, int]:
        """By reason, the most frequent first."""
        found: Counter[str] = Counter()
        for (_, _, fate, reason), count in self._counts.items():
            if fate == "dropped":
                found[reason] += count
        return dict(found.most_common())

    def by_chat(self) -> dict[int, dict[Fate, int]]:
        """Chat → fates; the chat with the most messages first."""
        found = self._grouped(lambda chat_id, month: chat_id)
        return dict(sorted(found.items(), key=lambda item: -sum(item[1].values())))

    def by_month(self) -> dict[str, dict[Fate, int]]:
        """ "2026-11" → fates, in time order."""
        return dict(sorted(self._grouped(lambda chat_id, month: month).items()))

    def _grouped(self, key_of: Callable[[int, str], Any]) -> dict[Any, dict[Fate, int]]:
        found: dict[Any, dict[Fate, int]] = {}
        for (chat_id, month, fate, _), count in self._counts.items():
            fates = found.setdefault(key_of(chat_id, month), dict.fromkeys(FATES, 0))
            fates[fate] += count
        return found

    def _month(self, at: int) -> str:
        """Looked up once an hour of the log: no zone changes within one."""
        hour = at // 3_600_000
        if hour not in self._months:
            self._months[hour] = f"{datetime.fromtimestamp(hour * 3600, self._zone):%Y-%m}"
        return self._months[hour]
