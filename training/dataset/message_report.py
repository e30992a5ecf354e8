"""Count what became of every message, by chat and month, and of every answer."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any, Literal

from training.dataset.chat_samples import ChatSamples
from training.dataset.samples import Sample
from twin.clock import local_time
from twin.privacy.masker import PLACEHOLDER

NOT_NEWEST = "older than the newest [dataset] max_samples answers"

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
            self._months[hour] = f"{local_time(hour * 3_600_000, self._zone):%Y-%m}"
        return self._months[hour]


def report_messages(chats: Sequence[ChatSamples], zone: tzinfo) -> MessageReport:
    """Every message of the chats, once their samples are made."""
    report = MessageReport(zone)
    for chat in chats:
        for message, reason in chat.left_out:
            report.add(chat.chat["id"], message.sent_at, "dropped", reason=reason)
    for chat in chats:
        for at, exchange in enumerate(chat.exchanges):
            chat_id, when = exchange.chat_id, exchange.answered_at
            if at in chat.targets:
                report.add(chat_id, when, "context", exchange.inputs)
                report.add(chat_id, when, "target", exchange.outputs)
            elif at in chat.context:
                report.add(chat_id, when, "context", exchange.inputs + exchange.outputs)
            else:
                reason = exchange.untaught or NOT_NEWEST
                report.add(chat_id, when, "dropped", exchange.inputs + exchange.outputs, reason)
    return report


def count_untaught(chats: Sequence[ChatSamples]) -> dict[str, int]:
    """Answers that are not learnt, whether they are shown or not, by reason."""
    exchanges = (exchange for chat in chats for exchange in chat.exchanges)
    return dict(Counter(each.untaught for each in exchanges if each.untaught).most_common())


def count_masked(samples: Iterable[Sample]) -> dict[str, int]:
    """How many placeholders the answers and what they answer hold, by kind."""
    found: Counter[str] = Counter()
    for sample in samples:
        for text in (sample.input, sample.output):
            if "[" in text:
                found.update(kind.rpartition("_")[0][1:] for kind in PLACEHOLDER.findall(text))
    return dict(found.most_common())
