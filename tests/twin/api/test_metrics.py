from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from storage.chats import upsert_chat
from storage.messages import NewMessage, Origin, log_message
from storage.outbox import record_decision
from storage.runs import start_run
from tests.twin.api.serving import Stage
from tests.twin.test_loop_lag import watched
from twin.api.metrics import Metrics
from twin.engine.base import Throughput


async def scraped(stage: Stage) -> dict[str, float]:
    answer = await stage.get("/metrics")
    assert answer.status_code == 200
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_figures_are_of_what_happened_since_the_start(stage: Stage) -> None:
    db = stage.context.db
    chat = upsert_chat(db, "fake", "ann", "Ann-with-a-name").id

    def log(origin: Origin, source: str = "live") -> int:
        number = log_message(db, NewMessage(chat, origin, "a-secret-word", 1, source=source))
        assert number is not None
        return number

    assert "twin_messages_total[peer]" not in await scraped(stage)
    last = [log("peer"), log("peer"), log("twin"), log("peer", "import")][0]
    for replies in (19, 20):
        record_decision(db, chat, last, f"messages within a day: {replies}")
    record_decision(db, chat, last, "answered", ["word"])
    start_run(db, "test", 1)
    stage.engine.throughput = Throughput(replies=3, failed=1, tokens=40, batches=2, seconds=1.5)
    stage.engine.waiting = 4
    stage.engine.adapter = "a1"
    expected = {
        "twin_messages_total[peer]": 2,
        "twin_messages_total[twin]": 1,
        "twin_decisions_total[messages within a day: N]": 2,
        "twin_decisions_total[answered]": 1,
        "twin_outbox[pending]": 1,
        "twin_training_runs[running]": 1,
        "twin_waiting": 4,
        "twin_replies_total": 3,
        "twin_replies_failed_total": 1,
        "twin_tokens_total": 40,
        "twin_generation_seconds_count": 2,
        "twin_generation_seconds_sum": 1.5,
        "twin_live_adapter_info[a1]": 1,
    }
    for _ in range(2):  # nothing is counted twice
        figures = await scraped(stage)
        assert {name: figures.get(name) for name in expected} == expected
    text = (await stage.get("/metrics")).text
    assert "Ann" not in text
    assert "secret" not in text


async def test_the_loops_lag_is_a_figure(stage: Stage) -> None:
    assert "twin_loop_lag_seconds[0.5]" not in await scraped(stage)
    context = replace(stage.context, lag=await watched(None, [0.0, 0.25, 2.0]))
    text = Metrics(context).text().decode()
    assert 'twin_loop_lag_seconds{quantile="0.5"} 0.25' in text
    assert 'twin_loop_lag_seconds{quantile="1"} 2.0' in text
    assert "twin_loop_stalls_total 1.0" in text
