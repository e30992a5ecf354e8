"""Which steps of the set-up are done, by settings and database alone."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage import runs
from storage.chats import upsert_chat
from storage.database import open_database
from storage.errors import InputError
from storage.invites import create_invite
from storage.messages import NewMessage, log_message
from tests.registry import enter_adapter
from tests.tiny import tiny_model
from twin.config.load import DEFAULT_FILE, load_config
from twin.setup.choices import accounts_to_choose as accounts
from twin.setup.choices import choose_base, choose_name, switch_account
from twin.setup.steps import (
    STEPS,
    SetupState,
    leave_behind,
    messages_stored,
    own_texts,
    setup_state,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The settings as they come with the program."""
    path = tmp_path / "config.toml"
    path.write_bytes(DEFAULT_FILE.read_bytes())
    return path


@pytest.fixture
def db(file: Path) -> Database:
    return open_database(load_config(file).database)


def look(file: Path, db: Database) -> SetupState:
    return setup_state(load_config(file), db)


def done(state: SetupState) -> list[str]:
    return [step for step in STEPS if state.state(step) == "done"]


def test_an_empty_folder_has_everything_to_do(file: Path, db: Database) -> None:
    state = look(file, db)
    assert (done(state), state.next_step, state.is_empty) == ([], "you", True)


def test_what_was_done_elsewhere_is_done(file: Path, db: Database) -> None:
    file.write_text('owner.name = "小明"\n[connectors.telegram]\nenabled = true\n', "utf-8")
    chat = upsert_chat(db, "test", "ann", "Ann")
    log_message(db, NewMessage(chat.id, "owner", "hello", 1))
    runs.fail_run(db, runs.start_run(db, "manual", 1), "no room")
    state = look(file, db)
    assert (done(state), state.next_step) == (["you", "base", "history", "account"], "training")
    assert state.accounts == ("Telegram",)
    enter_adapter(db, "one", 1, base_model="x", rules="sessions")
    db.execute("UPDATE adapters SET status = 'live'")
    create_invite(db, "Ann")
    state = look(file, db)
    assert (done(state), state.next_step, state.is_empty) == (list(STEPS), None, False)
    assert not state.is_under_way


def test_a_skipped_step_is_not_asked_again(file: Path, db: Database) -> None:
    for step in ("you", "account"):
        leave_behind(db, step, 1)
    state = look(file, db)
    assert [state.state(step) for step in ("you", "account")] == ["skipped", "skipped"]
    assert (state.next_step, state.is_empty, state.is_under_way) == ("base", False, True)
    leave_behind(db, "base", 2)  # the packaged base is there: to have seen it is enough
    assert done(look(file, db)) == ["base"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  小明\u0000 ", "小明"), ("👨‍👩‍👧 Ann\nLee", "👨‍👩‍👧 Ann Lee"), ('{x} "\\ #', '{x} "\\ #')],
)
def test_a_name_is_kept_in_one_line(file: Path, typed: str, kept: str) -> None:
    before = file.read_text("utf-8")
    assert choose_name(file, typed).owner.name == load_config(file).owner.name == kept
    changed = set(file.read_text("utf-8").splitlines()) - set(before.splitlines())
    assert len(changed) == 1  # comments and all else stay
    load_config(file).owner.persona.format(name=kept, note="")


@pytest.mark.parametrize("typed", ["", " \n", "\u200b\u2060", "x" * 101])
def test_no_name_is_refused(file: Path, typed: str) -> None:
    before = file.read_bytes()
    with pytest.raises(InputError):
        choose_name(file, typed)
    assert file.read_bytes() == before


def test_a_base_is_written_once_it_can_be_used(file: Path, tmp_path: Path) -> None:
    base = tiny_model(tmp_path / "a base")
    assert choose_base(file, str(base)).model.base == str(base)
    with pytest.raises(InputError, match=r"no config\.json"):
        choose_base(file, str(tmp_path))
    assert load_config(file).model.base == str(base)


def test_a_revision_goes_with_the_base_that_it_was_of(file: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    file.write_text(text.replace('revision = ""', 'revision = "v1"'), "utf-8")
    assert choose_base(file, str(tiny_model(tmp_path / "base"))).model.revision == ""
    assert load_config(file).model.revision == ""


def test_a_base_whose_code_would_run_is_chosen_in_the_file(file: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    code = text.replace("trust_remote_code = false", "trust_remote_code = true")
    file.write_text(code, "utf-8")
    with pytest.raises(InputError, match="trust_remote_code"):
        choose_base(file, str(tiny_model(tmp_path / "base")))
    assert file.read_text("utf-8") == code


def test_an_account_is_switched_on_and_off(file: Path, db: Database) -> None:
    before = file.read_text("utf-8")
    [qq] = [one for one in accounts() if one.name == "qq"]
    switch_account(file, qq, on=True)
    assert look(file, db).accounts == ("QQ",)
    switch_account(file, qq, on=False)
    assert look(file, db).accounts == ()
    assert file.read_text("utf-8") == before


def test_what_the_owner_wrote_is_counted_as_far_as_is_asked(file: Path, db: Database) -> None:
    chat = upsert_chat(db, "test", "ann", "Ann")
    for at in range(5):
        log_message(db, NewMessage(chat.id, "peer" if at == 0 else "owner", f"no. {at}", at + 1))
    assert (messages_stored(db), own_texts(db), own_texts(db, 3)) == (5, 4, 3)
    assert look(file, db).has_messages
