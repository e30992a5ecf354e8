import pytest
from sqlite_utils import Database

from storage.chats import get_chat, upsert_chat
from storage.errors import InputError
from storage.listings import page_of_runs
from storage.message_files import media_of_chat
from storage.messages import NewMessage, log_message
from storage.runs import get_run, start_run
from storage.stretches import messages_before
from storage.values import MOST, fitting

HUGE = 10**30


@pytest.mark.parametrize("number", [0, 1, -1, MOST, -MOST])
def test_a_number_that_fits_stays(number: int) -> None:
    assert fitting(number) == number


def test_a_number_that_no_row_has_finds_none(db: Database) -> None:
    for number in (HUGE, -HUGE):
        with pytest.raises(InputError, match="no such chat"):
            get_chat(db, number)
        with pytest.raises(InputError, match="no such run"):
            get_run(db, number)
        assert media_of_chat(db, number, [number]) == {}


def test_before_a_huge_number_lies_everything_and_before_a_tiny_one_nothing(db: Database) -> None:
    run = start_run(db, "test", 1)
    chat = upsert_chat(db, "test", "ann", "Ann").id
    log_message(db, NewMessage(chat, "peer", "hi", 5))
    assert [found.id for found in page_of_runs(db, before=HUGE)] == [run]
    assert page_of_runs(db, before=-HUGE) == []
    assert [found.text for found in messages_before(db, chat, HUGE, 9)] == ["hi"]
    assert messages_before(db, chat, -HUGE, 9) == []
