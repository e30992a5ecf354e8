from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from training.dataset.build import build
from training.dataset.message_report import NOT_NEWEST
from twin.config.schema import Config


def accounted(report: dict[str, int | dict[str, int]]) -> bool:
    dropped = report["dropped"]
    assert isinstance(dropped, dict)
    total = report["target"], report["context"], sum(dropped.values())
    return sum(n for n in total if isinstance(n, int)) == report["messages"]


def with_rules(config: Config, **rules: object) -> Config:
    return config.model_copy(update={"dataset": config.dataset.model_copy(update=rules)})


def test_the_newest_pairs_of_all_chats_are_held_out(chats: Database, config: Config) -> None:
    built = build(chats, config)
    assert (len(built.train), len(built.held_out)) == (36, 4)
    assert [sample.input for sample in built.held_out] == [
        "hello Ann 18",
        "hello Ben 18",
        "hello Ann 19",
        "hello Ben 19",
    ]
    assert built.report["chats"] == 2
    assert accounted(built.report)
    assert "Sam" in built.held_out[0].instruction


def test_a_pair_is_never_made_across_two_chats(db: Database, config: Config) -> None:
    one, other = (upsert_chat(db, "test", name, name) for name in ("one", "other"))
    log_message(db, NewMessage(one.id, "peer", "are you there", 1000))
    log_message(db, NewMessage(other.id, "owner", "yes", 2000))
    built = build(db, config)
    assert built.report["answers"] == 0
    assert accounted(built.report)


def test_max_samples_keeps_the_newest_and_says_so(chats: Database, config: Config) -> None:
    built = build(chats, with_rules(config, max_samples=10))
    assert (len(built.train), len(built.held_out)) == (9, 1)
    assert built.report["dropped"] == {NOT_NEWEST: 60}
    assert accounted(built.report)


def test_the_hash_tells_datasets_apart(chats: Database, config: Config) -> None:
    before = build(chats, config).hash
    assert build(chats, config).hash == before
    chats.execute("UPDATE messages SET text = 'no' WHERE id = 2")
    assert build(chats, config).hash != before


def test_an_emoji_alone_is_an_answer_to_learn(chats: Database, config: Config) -> None:
    chat = upsert_chat(chats, "import", "cy", "Cy").id
    for number, answer in enumerate(("😂", "❤️", "[捂脸]")):
        at = 10**12 + number * 1_000_000
        log_message(chats, NewMessage(chat, "peer", f"look what I did {number}", at))
        log_message(chats, NewMessage(chat, "owner", answer, at + 1000))
    quality = config.quality.model_copy(update={"max_filler_share": 0.1})
    built = build(chats, config.model_copy(update={"quality": quality}))
    outputs = [sample.output for sample in (*built.train, *built.held_out)]
    assert {"😂", "❤️", "[捂脸]"} <= set(outputs)
