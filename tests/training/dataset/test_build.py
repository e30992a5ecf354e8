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
