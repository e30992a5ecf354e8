"""`bot.py memory facts`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from tests.terminal import Terminal

JUNE = 1_717_200_000_000


class Facts(Terminal):
    """Runs `memory facts` on a twin whose owner told Ann two things, and Ann one."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, capsys, "memory", "facts")
        self.set_memory("enabled = true")
        self.db: Database = open_database(self.database)
        for name in ("Ann", "Ben"):
            upsert_chat(self.db, "web", name, name)
        said = (("owner", "I live in Rome"), ("owner", "I love tea"), ("peer", "I hate gin"))
        for at, (origin, text) in enumerate(said):
            log_message(self.db, NewMessage(1, origin, text, JUNE + at))  # type: ignore[arg-type]

    def set_memory(self, line: str) -> None:
        enabled = "" if line.startswith("enabled") else "enabled = true\n"
        text = f'[memory]\n{enabled}{line}\n[schedule]\ntimezone = "UTC"\n'
        self.config.write_text(text, encoding="utf-8")


@pytest.fixture
def facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Facts]:
    terminal = Facts(tmp_path, capsys)
    assert terminal.json("find") == {"messages": 3, "facts": 3, "done": True}
    yield terminal
    terminal.db.close()


@pytest.mark.parametrize(
    ("memory", "says"), [("enabled = false", "Memory is off"), ('extract = "off"', "No message")]
)
def test_why_nothing_is_found_is_told(facts: Facts, memory: str, says: str) -> None:
    facts.set_memory(memory)
    assert says in "".join(facts("find")[1:])


def test_a_kind_that_there_is_not(facts: Facts) -> None:
    assert "foot: no such kind; one of home" in facts.error("list", "--kind", "foot")


def test_listed_released_and_withdrawn(facts: Facts) -> None:
    listed = facts.json("list")
    assert [(fact["id"], fact["about"], fact["text"]) for fact in listed] == [
        (3, "friend", "I hate gin"),
        (2, "owner", "I love tea"),
        (1, "owner", "I live in Rome"),
    ]
    assert facts.json("release", "1", "--to", "Ben")[0]["chats"] == [2]
    assert facts.json("release", "--kind", "likes", "--everyone")[0]["for_everyone"]
    assert "Ben (web)" in facts.people("list")
    assert facts.json("withdraw", "1", "--from", "Ben")[0]["chats"] == []
    assert not facts.json("withdraw", "2")[0]["for_everyone"]


def test_changed_rejected_and_deleted(facts: Facts) -> None:
    [fact] = facts.json("edit", "1", "I live in Rome, by the river", "--since", "2024-05-01")
    assert fact["text"] == "I live in Rome, by the river"
    assert fact["valid_from"] == 1_714_521_600_000
    assert facts.json("edit", "1", "--until", "2024-07-01")[0]["valid_until"] is not None
    assert facts.json("edit", "1", "--until", "")[0]["valid_until"] is None
    facts.json("reject", "--kind", "likes")
    assert [fact["id"] for fact in facts.json("list", "--rejected")] == [3, 2]
    assert facts.json("keep", "3")[0]["state"] == "kept"
    assert facts.json("delete", "1", "2") == {"deleted": [1, 2]}
    assert [fact["id"] for fact in facts.json("list", "--chat", "Ann")] == [3]


def test_written(facts: Facts) -> None:
    [mine] = facts.json("add", "I love green tea", "--kind", "food")
    [hers] = facts.json("add", "loves tea", "--about", "Ann")
    assert (mine["about"], mine["chat_id"]) == ("owner", None)
    assert (hers["about"], hers["chat_id"]) == ("friend", 1)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (["release", "1"], "for whom"),
        (["release", "1", "--everyone", "--to", "Ann"], "for whom"),
        (["release", "--everyone"], "which facts"),
        (["reject", "1", "--kind", "home"], "which facts"),
        (["delete", "--kind", "house"], "no such kind"),
        (["release", "3", "--everyone"], "about a friend"),
        (["edit", "1", "--since", "yesterday"], "not a day"),
        (["edit", "1", "--since", "0001-01-01"], "not a day"),
        (["edit", "1", "--until", "9999-12-31"], "not a day"),
        (["withdraw", "99"], "no such fact"),
        (["withdraw", str(2**70)], "no such fact"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    facts: Facts, given: list[str], wrong: str
) -> None:
    assert wrong in facts.error(*given)
