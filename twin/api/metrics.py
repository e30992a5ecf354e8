"""Metrics for Prometheus: counts and seconds, no names and nothing of any message."""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector
from sqlite_utils import Database

from storage.errors import TwinError
from twin.api.completions import BASE
from twin.api.context import ApiContext

NUMBER = re.compile(r"\d+")


class RowCounter:
    """Counts rows added since the start, by a column: counting all is slow in a large log."""

    def __init__(self, db: Database, table: str, column: str, where: str = "1") -> None:
        self._db, self._table = db, table
        self._sql = (
            f"SELECT {column}, COUNT(*) FROM {table} "
            f"WHERE id > ? AND id <= ? AND {where} GROUP BY 1"
        )
        self._seen = self._newest()
        self._counts: Counter[str] = Counter()

    def counts(self) -> Counter[str]:
        newest = self._newest()
        for name, count in self._db.execute(self._sql, [self._seen, newest]).fetchall():
            self._counts[name] += count
        self._seen = newest
        return self._counts

    def _newest(self) -> int:
        row = self._db.execute(f"SELECT COALESCE(MAX(id), 0) FROM {self._table}").fetchone()
        return int(row[0])


class TwinCollector(Collector):
    """Reads the database, the engine and the loop's lag at each scrape."""

    def __init__(self, context: ApiContext) -> None:
        self._db, self._engine, self._lag = context.db, context.engine, context.lag
        self._messages = RowCounter(context.db, "messages", "origin", "source = 'live'")
        self._decisions = RowCounter(context.db, "decisions", "reason")

    def collect(self) -> Iterator[Metric]:
        yield self._counted("twin_messages", "Messages logged live.", "origin", self._messages)
        yield self._counted("twin_decisions", "Bursts decided.", "reason", self._decisions)
        yield self._states("twin_outbox", "Pieces of replies now.", "outbox")
        yield self._states("twin_training_runs", "Training runs.", "training_runs")
        yield from self._generating()
        yield from self._lagging()
        with contextlib.suppress(TwinError):  # no model is loaded
            live = {"adapter": self._engine.adapter or BASE}
            yield InfoMetricFamily("twin_live_adapter", "What answers.", live)

    def _counted(self, name: str, help: str, label: str, counter: RowCounter) -> Metric:
        family = CounterMetricFamily(name, f"{help} Since the start.", labels=[label])
        totals: Counter[str] = Counter()
        for value, count in counter.counts().items():
            totals[_kind(value)] += count
        for value, count in totals.items():
            family.add_metric([value], count)
        return family

    def _states(self, name: str, help: str, table: str) -> Metric:
        family = GaugeMetricFamily(name, help, labels=["state"])
        rows = self._db.execute(f"SELECT state, COUNT(*) FROM {table} GROUP BY state").fetchall()
        for state, count in rows:
            family.add_metric([state], count)
        return family

    def _generating(self) -> Iterator[Metric]:
        work = self._engine.throughput
        yield GaugeMetricFamily("twin_waiting", "Requests before the model.", self._engine.waiting)
        yield CounterMetricFamily("twin_replies", "Replies generated.", work.replies)
        yield CounterMetricFamily("twin_replies_failed", "Replies that failed.", work.failed)
        yield CounterMetricFamily("twin_tokens", "Tokens generated.", work.tokens)
        yield SummaryMetricFamily(
            "twin_generation_seconds", "Time of a batch.", work.batches, work.seconds
        )

    def _lagging(self) -> Iterator[Metric]:
        lag = self._lag.figures()
        if lag is None:
            return
        late = GaugeMetricFamily(
            "twin_loop_lag_seconds", "How late the event loop was lately.", labels=["quantile"]
        )
        for quantile, ms in (("0.5", lag.p50_ms), ("0.99", lag.p99_ms), ("1", lag.worst_ms)):
            late.add_metric([quantile], ms / 1000)
        yield late
        yield CounterMetricFamily(
            "twin_loop_stalls", "How often the event loop stood still for a second.", lag.stalls
        )


def _kind(reason: str) -> str:
    """A reason without its numbers, so that there are few: "messages within a day: N"."""
    return NUMBER.sub("N", reason)


class Metrics:
    """The text of /metrics."""

    def __init__(self, context: ApiContext) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(TwinCollector(context))

    def text(self) -> bytes:
        return generate_latest(self._registry)
