import json
from collections.abc import Sequence

import pytest
from sqlite_utils import Database

import bot
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from tests.training.tiny_twin import MINUTE
from training.dataset import figures
from training.dataset.build import build
from training.dataset.figures import BINS, dataset_figures, token_lengths
from training.dataset.samples import Sample
from twin.config.schema import Config

Capsys = pytest.CaptureFixture[str]


def samples(answers: Sequence[str]) -> list[Sample]:
    return [Sample("be Sam", "hi", answer, chat_id=n) for n, answer in enumerate(answers)]


def test_the_figures_are_those_of_the_samples(chats: Database, config: Config) -> None:
    log_message(chats, NewMessage(1, "owner", "anyone?", 50 * 24 * 60 * MINUTE))
    figures, built = dataset_figures(chats, config), build(chats, config)
    assert figures["messages"] == 81
    assert figures["dropped"] == {"owner: spoke first": 1}
    assert figures["untaught"] == {"owner: spoke first": 1}
    assert {name: figures[name] for name in built.report} == built.report
    assert figures["by_chat"] == [
        {"id": 1, "name": "Ann", "target": 20, "context": 20, "dropped": 1},
        {"id": 2, "name": "Ben", "target": 20, "context": 20, "dropped": 0},
    ]
    assert [month["month"] for month in figures["by_month"]] == ["1970-01", "1970-02"]
    assert figures["tokens"]["measured"] == figures["answers"] == 40


def test_tokens_of_prompts_and_answers(config: Config) -> None:
    tokens = token_lengths(samples(["hi"] * 99 + ["hi " * 2000]), config)
    assert (tokens["answers"], tokens["measured"], tokens["cut"]) == (100, 100, 1)
    answer, prompt = tokens["answer"], tokens["prompt"]
    assert answer["median"] == answer["p90"] < answer["longest"]
    assert answer["longest"] + prompt["longest"] == config.train.max_tokens
    assert prompt["median"] == prompt["longest"]
    for side in (answer, prompt):
        assert len(side["histogram"]["counts"]) == BINS
        assert sum(side["histogram"]["counts"]) == 100


def test_of_many_answers_the_same_few_are_measured(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST", 5)
    many = samples(["so " * n for n in range(1, 41)])
    first = token_lengths(many, config)
    assert (first["answers"], first["measured"]) == (40, 5)
    assert token_lengths(many, config) == first


def test_nothing_to_measure(config: Config) -> None:
    tokens = token_lengths([], config)
    assert (tokens["measured"], tokens["prompt"], tokens["answer"]) == (0, None, None)


@pytest.mark.slow
def test_the_command_shows_and_writes_the_same_figures(
    chats: Database, config: Config, capsys: Capsys
) -> None:
    options = ["--config", str(config.path)]
    for number in range(25):
        chat = upsert_chat(chats, "test", f"few {number}", f"Few {number}")
        log_message(chats, NewMessage(chat.id, "peer", "hi", number))
    assert bot.main(["dataset", "report", *options, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    page = config.path_of("reports", "dataset.html")
    assert document == dataset_figures(chats, config) | {"page": str(page)}
    assert page.is_file()

    assert bot.main(["dataset", "report", *options]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "friend: not answered" in shown
    assert "The largest 20; 7 more with --all." in shown
    assert shown.count("Few ") == 18
    assert "All 40 answers" in shown

    assert bot.main(["dataset", "report", "--all", *options]) == 0
    shown = capsys.readouterr().out
    assert shown.count("Few ") == 25
    assert "more with" not in shown
    assert page.read_text(encoding="utf-8").count("Few ") == 25


def test_an_empty_log_has_a_report_too(db: Database, config: Config, capsys: Capsys) -> None:
    assert bot.main(["dataset", "report", "--config", str(config.path)]) == 0
    assert "0 answers to learn from 0 messages" in capsys.readouterr().out
