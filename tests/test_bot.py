import io
import json
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

import bot
from storage.chats import pause_chat, upsert_chat
from storage.database import open_database
from storage.drafts import edit_draft
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from storage.search import search_messages
from storage.unfinished_import import is_unfinished
from tests.ports import free_port
from tests.terminal import Terminal
from training.cli.clear_up import clear_up
from training.demo.prepare import SETTINGS
from twin.config.load import load_config
from twin.config.schema import Config
from twin.dashboard.auth.password import PasswordFile
from twin.diagnostics.doctor import diagnose_running

PROJECT = Path(bot.__file__).parent
HEAVY = (
    *("torch", "transformers", "datasets", "nicegui", "uvicorn", "pandas", "numpy"),
    "apscheduler",
)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


@pytest.fixture
def chat(run: Terminal) -> int:
    db = open_database(run.database)
    found = upsert_chat(db, "test", "anna", "Anna [bold]")
    text = "明天一起吃饭吗 \x1b[31m[red]?"
    log_message(db, NewMessage(found.id, "peer", text, 1_700_000_000_000))
    db.close()
    return found.id


COMMANDS = """
    |why|drafts|drafts list|drafts approve|drafts edit|drafts reject
    |run|demo|setup|import|history|dataset|dataset build|dataset audit|dataset report
    |train|evaluate|adapters
    |adapters list|adapters show|adapters promote|adapters rollback|chats|chats list|chats set
    |chats forget|chats consent|invite|chat|search
    |people|people link|people unlink|people list|people suggest
    |backup|restore|service|service install|service remove|service status
    |media|media read|media status
    |status|doctor|runs|runs list|runs show|columns|columns list|columns remove
"""


@pytest.mark.parametrize("command", "".join(map(str.strip, COMMANDS.split("\n"))).split("|"))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bot.main([*command.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    if command not in (
        "",
        "dataset",
        "adapters",
        "chats",
        "drafts",
        "runs",
        "columns",
        "media",
        "people",
        "service",
    ):
        assert all(option in shown for option in ("--config", "--json", "--debug"))


def test_without_arguments_it_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert bot.main([]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [["--help"], ["chats", "list"], ["status"], ["doctor"], ["drafts", "list"]],
)
def test_quick_commands_load_nothing_heavy(tmp_path: Path, command: list[str]) -> None:
    config = tmp_path / "config.toml"
    config.touch()
    options = [] if command == ["--help"] else ["--config", str(config)]
    script = (
        f"import sys, bot; code = bot.main({[*command, *options]!r}); "
        f"print(code, sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=PROJECT, timeout=120
    )
    assert ended.stdout.decode(errors="replace").splitlines()[-1] == "0 []"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nonsense"], "nonsense"),
        (["status", "--nonsense"], "--nonsense"),
        (["chats", "set"], "CHAT"),
        (["chats", "set", "Nobody", "--mode", "auto"], "Nobody"),
        (["chats", "set", "1"], "--mode"),
        (["chats", "forget", "999"], "999"),
        (["adapters", "show", "none"], "'none'"),
        (["adapters", "promote", "none"], "'none'"),
        (["adapters", "rollback"], "rollback"),
        (["invite", " "], "name"),
        (["search", "x", "--limit", "0"], "--limit"),
        (["why", "Nobody"], "Nobody"),
        (["people", "link", "1", "2"], "'1'"),
        (["people", "unlink", "Nobody"], "Nobody"),
        (["drafts", "approve", "7"], "draft 7"),
        (["drafts", "edit", "7", "hi"], "draft 7"),
        (["drafts", "reject", "7"], "draft 7"),
    ],
)
def test_wrong_use_is_one_line_that_names_it(
    run: Terminal, arguments: list[str], named: str
) -> None:
    assert named in run.error(*arguments)


def test_a_wrong_setting_is_one_line(run: Terminal) -> None:
    run.config.write_text("[train]\nrnak = 8\n", encoding="utf-8")
    assert "train.rnak" in run.error("status")


def test_an_unusable_database_is_one_line(run: Terminal) -> None:
    run.database.parent.mkdir()
    run.database.write_bytes(b"this is no database" * 100)
    assert "twin.db" in run.error("status", code=1)


def test_a_bug_is_one_line_and_debug_shows_where(
    run: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("twin.diagnostics.status.collect_status", fail)
    assert "RuntimeError: two lines" in run.error("status", code=1)
    _, _, err = run("status", "--debug")
    assert "Traceback" in err


def test_status_counts_what_is_there(run: Terminal, chat: int) -> None:
    status = run.json("status")
    assert status["messages"] == {"peer": 1}
    assert status["chats"] == {"log": 1}
    assert status["adapter"] is None
    assert status["corrections"] == {}
    assert status["thumbs"] == {"up": 0, "down": 0}
    assert run("status")[0] == 0


def test_it_is_said_where_the_owner_is_told(run: Terminal) -> None:
    run.config.write_text("[connectors.matrix]\nenabled = true\n")
    config = load_config(run.config)

    def doctor() -> list[str]:
        return [each.found for each in diagnose_running(config) if each.name == "notices"]

    assert "yourself" in run.json("status")["notices"]["note"]
    assert ["nobody tells you" in found for found in doctor()] == [True]
    db = open_database(run.database)
    upsert_chat(db, "wechat", "me", "Notes", kind="self")  # which is off
    assert ["nobody tells you" in found for found in doctor()] == [True]
    upsert_chat(db, "matrix", "!own", "Notes", kind="self")
    db.close()
    assert run.json("status")["notices"] == {"platform": "matrix", "chat": "Notes"}
    assert doctor() == ["in Notes (matrix)"]


def test_status_says_when_the_next_night_begins(run: Terminal) -> None:
    run.config.write_text('[schedule]\nretrain_at = "02:15"\ntimezone = "UTC"\n')
    at = datetime.fromtimestamp(run.json("status")["next_training_at"] / 1000, UTC)
    assert (at.hour, at.minute) == (2, 15)
    assert timedelta(0) < at - datetime.now(UTC) <= timedelta(days=1)
    run.config.write_text("[schedule]\nenabled = false\n")
    assert run.json("status")["next_training_at"] is None


def test_the_owner_decides_who_gets_replies(run: Terminal, chat: int) -> None:
    assert run.json("chats", "list")[0]["mode"] == "log"
    changed = run.json("chats", "set", "anna", "--mode", "auto", "--note", "my sister")
    assert (changed["id"], changed["mode"], changed["note"]) == (chat, "auto", "my sister")
    assert "mode 'loud'" in run.error("chats", "set", str(chat), "--mode", "loud")


def test_the_owners_choice_ends_a_pause_and_is_not_for_himself(run: Terminal, chat: int) -> None:
    db = open_database(run.database)
    pause_chat(db, chat, 5_000)
    own = upsert_chat(db, "test", "me", "Me", kind="self").id
    db.close()
    assert run.json("chats", "set", str(chat), "--note", "a friend")["paused_until"] == 5_000
    assert run.json("chats", "set", str(chat), "--mode", "draft")["paused_until"] is None
    assert "with yourself" in run.error("chats", "set", str(own), "--mode", "auto")
    assert run.json("chats", "set", str(own), "--note", "mine")["mode"] == "log"


def test_why_and_drafts_tell_what_was_decided(run: Terminal, chat: int) -> None:
    db = open_database(run.database)
    record_decision(db, chat, 1, "mode is draft", ["yes", "gladly"], state="draft")
    db.close()
    [draft] = run.json("drafts", "list")
    assert draft["lines"] == ["yes", "gladly"]
    [decision] = run.json("why", "Anna")
    assert decision["reason"] == "mode is draft"
    assert [said["state"] for said in decision["said"]] == ["draft", "draft"]
    assert run.json("status")["drafts"] == 1
    number = str(draft["number"])
    assert number in run.json("drafts", "edit", number, "not today")["answer"]
    [decision] = run.json("why", "Anna")
    assert [said["state"] for said in decision["said"]] == ["edited", "edited", "pending"]
    assert run.json("status")["corrections"] == {"edited": 1}
    assert run("drafts", "list")[0] == run("why", "Anna")[0] == run("status")[0] == 0


def test_forgetting_tells_what_was_deleted(run: Terminal, chat: int) -> None:
    db = open_database(run.database)
    [piece] = record_decision(db, chat, 1, "mode is draft", ["yes"], state="draft")
    edit_draft(db, piece.decision_id or 0, "no", now=5)
    db.close()
    assert run.json("chats", "forget", "Anna", "--yes") == {
        "chat": chat,
        "messages": 1,
        "media": 0,
        "contacts": 0,
        "adapters": [],
        "dropped": [],
        "remains": [],
    }
    assert run.json("chats", "list") == []
    assert run.json("status")["corrections"] == {}
    assert "nothing is left to finish" in run.error("chats", "forget")


def test_a_friend_gets_a_link_of_their_own(run: Terminal) -> None:
    first, second = run.json("invite", "Ben"), run.json("invite", "Ben")
    assert first["link"].startswith("http://127.0.0.1:8080/c/")
    assert first["link"] != second["link"]
    assert [chat["mode"] for chat in run.json("chats", "list")] == ["auto", "auto"]


def test_a_link_is_renewed_and_revoked(run: Terminal) -> None:
    first = run.json("invite", "Ben")
    again = run.json("invite", "Ben", "--again")
    assert (again["chat"], again["link"] != first["link"]) == (first["chat"], True)
    assert run.json("invite", "Ben", "--revoke") == {"chat": first["chat"], "revoked": 1}


def test_search_finds_a_chinese_word_and_prints_text_as_text(run: Terminal, chat: int) -> None:
    [found] = run.json("search", "吃饭")
    assert found["chat_id"] == chat
    _, out, _ = run("search", "吃饭")
    assert "[red]" in out
    assert "\x1b[31m" not in out


def test_doctor_names_what_is_broken(run: Terminal) -> None:
    run.config.write_text('[model]\nbase = "no-such-model"\n', encoding="utf-8")
    code, out, _ = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out)}
    assert code == 0
    assert checks["base model"]["verdict"] == "warn"
    assert checks["database"]["verdict"] == "ok"
    run.database.write_bytes(b"this is no database" * 100)
    assert run("doctor")[0] == 1


def test_import_then_dataset_accounts_for_every_message(run: Terminal, tmp_path: Path) -> None:
    export = tmp_path / "anna.json"
    rows = [
        ["2024-01-01 10:00:00", "Anna", "hi"],
        ["2024-01-01 10:00:30", "我", "hello"],
        ["2024-01-01 10:00:35", "我", "how are you"],
        ["2024-01-02 10:00:00", "Anna", "fine"],
    ]
    export.write_text(json.dumps(rows), encoding="utf-8")
    assert run.json("import", str(export))["new"] == 4
    assert run.json("import", str(export))["new"] == 0
    alpaca = tmp_path / "out.json"
    report = run.json("dataset", "build", "--out", str(alpaca))
    assert report["messages"] == 4
    assert report["context"] + report["target"] + sum(report["dropped"].values()) == 4
    [row] = json.loads(alpaca.read_text(encoding="utf-8"))
    assert (row["input"], row["output"]) == ("hi", "hello\nhow are you")
    assert "rules = 'other'" in run.error("dataset", "build", "--rules", "other")
    run.json("dataset", "build", "--out", str(alpaca), "--format", "sharegpt")
    [row] = json.loads(alpaca.read_text(encoding="utf-8"))
    assert [turn["value"] for turn in row["conversations"]] == ["hi", "hello\nhow are you"]
    assert "'csv'" in run.error("dataset", "build", "--out", str(alpaca), "--format", "csv")


def test_the_audit_shows_what_is_masked_and_what_is_left(run: Terminal, chat: int) -> None:
    db = open_database(run.database)
    for second, (origin, text) in enumerate([("peer", "your code?"), ("owner", "code: 482913")]):
        at = 1_800_000_000_000 + second * 1000
        log_message(db, NewMessage(chat, origin, text, at))  # type: ignore[arg-type]
    db.close()
    report = run.json("dataset", "audit", "--limit", "1")
    assert report["masked"] == {"CODE": 1}
    assert [(item["kind"], item["value"]) for item in report["replaced"]] == [("CODE", "4…3")]
    code, out, _ = run("dataset", "audit")
    assert code == 0
    assert "4…3" in out
    assert "482913" not in out


WHATSAPP = """\
13/12/19, 02:09 - Anna: hi
13/12/19, 02:10 - Ben: hello
13/12/19, 02:11 - Anna: <Media omitted>
"""


class TestWhoIAm:
    @pytest.fixture
    def export(self, tmp_path: Path) -> Path:
        path = tmp_path / "WhatsApp Chat with Anna.txt"
        path.write_text(WHATSAPP, encoding="utf-8")
        return path

    def test_a_script_is_told_the_senders(self, run: Terminal, export: Path) -> None:
        code, _, err = run("import", str(export))
        assert code == 2
        assert "Anna (2, “hi”), Ben (1, “hello”)" in err

    def test_a_person_is_asked(
        self, run: Terminal, export: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda _: "2")
        code, out, err = run("import", str(export))
        assert (code, "2  Ben (1)\n     “hello”" in err) == (0, True)
        assert "33%" in out
        monkeypatch.setattr("builtins.input", lambda _: "7")
        assert run("import", str(export))[0] == 2

    def test_a_person_is_asked_about_what_looks_reversed(
        self, run: Terminal, export: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda _: "n")
        code, _, err = run("import", str(export), "--me", "Anna")
        assert code == 1
        assert "are the sides reversed?" in err
        assert run("import", str(export), "--me", "Anna", "--dry-run")[0] == 0
        monkeypatch.setattr("builtins.input", lambda _: "y")
        assert run("import", str(export), "--me", "Anna")[0] == 0

    def test_a_dry_run_shows_kinds_spans_shares_and_problems(
        self, run: Terminal, export: Path
    ) -> None:
        with export.open("a", encoding="utf-8") as file:
            file.write("31/02/20, 02:09 - Anna: never\n")
        code, out, _ = run("import", str(export), "--me", "Ben", "--dry-run")
        assert code == 0
        shown = " ".join(out.split())
        for part in ("Anna", "33%", "line 4", "Would be imported"):
            assert part in shown
        assert run.json("import", str(export), "--me", "Ben")["new"] == 3

    def test_files_come_along_unless_told_otherwise(self, run: Terminal, export: Path) -> None:
        with export.open("a", encoding="utf-8") as file:
            file.write("30/01/20, 02:19 - Anna: IMG-20200130-WA0001.jpg (file attached)\n")
        (export.parent / "IMG-20200130-WA0001.jpg").write_bytes(b"a photo")
        assert run.json("import", str(export), "--me", "Ben", "--no-media")["media"] is None
        out = run("import", str(export), "--me", "Ben", "--dry-run")[1]
        assert "1 file would come along" in out
        assert run.json("import", str(export), "--me", "Ben")["media"]["came"] == 1


class TestColumns:
    def test_a_table_is_previewed_imported_and_its_columns_saved(
        self, run: Terminal, tmp_path: Path
    ) -> None:
        table = tmp_path / "Anna.csv"
        table.write_text("t,who,said\n2023-05-01 10:00:00,Anna,[red]hi\nsoon,Ben,hello\n")
        choice = ["--columns", "time=t,sender=who,text=said", "--me", "Anna"]
        code, out, _ = run("import", str(table), *choice, "--dry-run")
        assert code == 0
        shown = " ".join(out.split())
        for part in ("The first messages", "2023-05-01 10:00", "[red]hi", "time 'soon' is not a"):
            assert part in shown
        assert run.json("import", str(table), *choice, "--save-columns", "mine")["new"] == 1
        assert run.json("columns", "list") == {"mine": "time=t,sender=who,text=said"}
        again = ("import", str(table), "--columns", "mine", "--me", "Anna", "--dry-run")
        assert run.json(*again)["first"][0]["text"] == "[red]hi"
        assert run("columns", "remove", "mine")[0] == 0
        code, _, err = run(*again)
        assert code != 0
        assert "columns 'mine': not saved; none is" in err

    def test_a_name_without_columns_is_refused(self, run: Terminal) -> None:
        code, _, err = run("import", "a.csv", "--save-columns", "mine")
        assert code != 0
        assert "there are none; give --columns as well" in err


ASK = """
import asyncio, sys
from pathlib import Path
from functools import partial
import bot
from storage.adapters import reject
from storage.invites import create_invite
from tests.registry import enter_adapter
from twin.config.load import load_config
from twin.config.schema import Config
from twin.dashboard.auth.password import PasswordFile
from twin.engine.base import Reply
from twin.engine import runtime
from twin.engine.sampling import Sampling
from twin.cli.output import Output

class Format:
    stop_ids = [0]
    takes_opening = True
    marks: tuple[str, ...] = ()
    def render(self, turns):
        return [1]

class Model:
    format = Format()
    sampling, candidates = Sampling(), 1
    def generate(self, batch, *limits):
        return [Reply(f"you said {turns[-1]['content']}\\nright?", 3, True, 0.0) for turns in batch]

runtime.load_model = lambda config, path: Model()
config = load_config(Path(sys.argv[1]))
db = bot.open_database(config.database)
create_invite(db, "Ben")
enter_adapter(db, "judged")
reject(db, "judged")
asyncio.run(bot._serve(config, partial(bot._show_demo, Output(True), True)))
"""


@pytest.mark.slow
def test_one_question_goes_through_the_running_bot(run: Terminal) -> None:
    run.config.write_text(
        f"[web]\nport = {free_port()}\n[schedule]\nenabled = false\n"
        "[policy]\nquiet_hours = ''\n[reply]\nquiet_seconds = 0\nchars_per_second = 1000\n",
        encoding="utf-8",
    )
    ended = subprocess.run(
        [sys.executable, "-c", ASK, str(run.config)], capture_output=True, cwd=PROJECT, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["answer"] == "you said hey, how are you?\nright?"


def test_a_port_in_use_is_one_line(run: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run.config.write_text(f"[web]\nport = {port}\n", encoding="utf-8")
        assert f"127.0.0.1:{port}" in run.error("run", code=1)


def test_with_everything_off_the_sections_are_named(run: Terminal) -> None:
    run.config.write_text("[web]\nenabled = false\n", encoding="utf-8")
    told = run.error("run", code=2)
    assert all(name in told for name in ("[web]", "[console]", "[connectors.wechaty]"))
    assert "enabled = true" in told


def test_the_demo_needs_the_friends_page(run: Terminal, tmp_path: Path) -> None:
    settings = SETTINGS + "[web]\nfriends = false\n"
    (tmp_path / "config.toml").write_text(settings, encoding="utf-8")
    assert "friends = true" in run.error("demo", "--folder", str(tmp_path), code=2)


def test_a_conversation_is_no_document(run: Terminal) -> None:
    code, out, err = run("chat", "--json")
    assert (code, out) == (2, "")
    assert "--once" in err


def test_the_owners_pages_need_a_password_before_others_can_reach_them(
    run: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.config.write_text('[web]\nhost = "0.0.0.0"\n', encoding="utf-8")
    assert "bot.py password" in run.error("run", code=2)
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n" * 2))
    assert "5 characters" in run.error("password", code=2)
    monkeypatch.setattr("sys.stdin", io.StringIO("long enough\n"))
    assert run.json("password") == {"ended": 0}
    assert PasswordFile(run.database.parent).verify("long enough")


def test_a_start_takes_an_interrupted_import_back(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    chat = upsert_chat(db, "import", "mum", "mum").id
    half = log_message(db, NewMessage(chat, "peer", "hi", 0, source="import:recipe"))
    db.execute("INSERT INTO unfinished_messages VALUES (?)", [half])
    config = Config(path=tmp_path / "config.toml", data=tmp_path)
    with FileLock(tmp_path / "import.lock"):
        clear_up(config, db)  # it is still going
    assert len(search_messages(db, "hi")) == 1
    clear_up(config, db)
    assert search_messages(db, "hi") == []
    assert not is_unfinished(db)
    db.close()
