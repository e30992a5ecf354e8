"""Which bases are offered for a log: its size and its language."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_messages
from tests.tiny import model_config
from twin.config.load import load_config
from twin.config.schema import Config
from twin.diagnostics.doctor import diagnose
from twin.engine.bases.known import known_bases
from twin.engine.bases.log_figures import LogFigures, log_figures
from twin.engine.bases.machine import Machine
from twin.engine.bases.offers import language_advice, offers, shape_and_download
from twin.language import Language

GB = 10**9
MACHINE = Machine("cpu", "bfloat16", 2, 4e11, 3e10, 2, 20 * GB, 25 * GB, 100 * GB)
PACKAGED = "smollm2-135m-instruct"
CHINESE, ENGLISH, JAPANESE = "明天 ok 吗", "see you at eight", "明日の夜は大丈夫です"
# The demo's: 25,073 messages of the owner, 19,744 of friends.
DEMO = LogFigures(44_817, 25_073, 0.0, 0.0, 42.4)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return model_config(tmp_path, PACKAGED)


def put(db: Database, *texts: str) -> LogFigures:
    chat = upsert_chat(db, "test", "anna", "Anna")
    log_messages(
        db, (NewMessage(chat.id, "owner", text, at * 1000) for at, text in enumerate(texts))
    )
    return log_figures(db)


@pytest.mark.parametrize(
    ("texts", "share"),
    [
        ([CHINESE] * 20, 1.0),
        ([ENGLISH] * 20, 0.0),
        ([JAPANESE] * 20, 0.0),
        ([CHINESE] * 15 + [ENGLISH] * 15, 0.5),
        ([CHINESE] * 19, None),
        (["😂", "!!!", "12:30"] * 20, None),
        ([CHINESE] * 20 + ["😂"] * 100, 1.0),
        ([], None),
    ],
)
def test_the_share_of_chinese(db: Database, texts: list[str], share: float | None) -> None:
    assert put(db, *texts).chinese_share == share


def test_a_chinese_log_is_told_plainly_that_the_base_speaks_english(db: Database) -> None:
    log = put(db, *[CHINESE] * 30, *[ENGLISH] * 10)
    advice = language_advice(PACKAGED, log)
    assert advice is not None
    assert advice.startswith("75% of your messages are Chinese, which SmolLM2 135M Instruct hardly")
    assert "75% 是中文" in Language("zh_CN").say(advice)
    assert language_advice("HuggingFaceTB/SmolLM2-135M-Instruct", log) == advice
    for silent in ("qwen3-0.6b", "Qwen/Qwen3-4B-Instruct-2507", "own/base", "folder"):
        assert language_advice(silent, log) is None
    assert language_advice(PACKAGED, put(db, *[ENGLISH] * 60)) is None


def test_the_doctor_says_so_too(config: Config) -> None:
    from storage.database import open_database

    db = open_database(config.database)
    put(db, *[CHINESE] * 30)
    db.close()
    [found] = [check for check in diagnose(config) if check.name == "language"]
    assert found.verdict == "warn"
    assert found.found == f"100% of your messages are Chinese, which {PACKAGED} hardly speaks"


def test_offers_say_what_is_here_what_fits_and_what_speaks(config: Config) -> None:
    log = LogFigures(50_000, 25_000, 0.9, 8.0, 2.0)
    found = {offer.base.name: offer for offer in offers(config, MACHINE, log)}
    assert list(found) == [base.name for base in known_bases()]
    packaged, small, pickled = (found[name] for name in (PACKAGED, "qwen3-0.6b", "index-1.9b-chat"))
    assert (packaged.is_here, small.is_here) == (True, False)
    assert packaged.advice is not None
    assert small.advice is None
    assert pickled.fit.disk > 2 * pickled.base.download_bytes > small.fit.disk
    _, on_disk = shape_and_download(config, "index-1.9b-chat")
    assert on_disk == 2 * pickled.base.download_bytes


def test_the_tokens_of_the_demo_are_about_those_that_were_trained(tmp_path: Path) -> None:
    """118,000 tokens of its newest 1,440 answers."""
    path = tmp_path / "config.toml"
    path.write_text("[dataset]\nmax_samples = 1600")
    tokens, held_out = DEMO.tokens(known_bases()[0].tokens_per_char, load_config(path))
    assert 100_000 < tokens < 140_000
    assert 5_000 < held_out < 30_000
    assert LogFigures().tokens(known_bases()[0].tokens_per_char, load_config(path)) == (0, 0)


def test_chinese_costs_the_english_tokenizer_three_times_as_much(config: Config) -> None:
    log = LogFigures(10_000, 5_000, 1.0, 12.0, 0.0)
    english, bilingual = (
        log.tokens(base.tokens_per_char, config)[0]
        for base in known_bases()
        if base.name in (PACKAGED, "qwen3-0.6b")
    )
    assert english > 1.5 * bilingual


def test_a_folder_is_looked_into_and_what_is_nothing_is_told(
    config: Config, tmp_path: Path
) -> None:
    from storage.errors import InputError
    from tests.tiny import tiny_model

    tiny_model(tmp_path / "base")
    shape, download = shape_and_download(config, "base")
    assert (shape.model_type, download) == ("llama", 0)
    with pytest.raises(InputError, match="no such folder and no known base"):
        shape_and_download(config, "nowhere")
