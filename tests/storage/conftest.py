import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat


@pytest.fixture
def chat(db: Database) -> int:
    return upsert_chat(db, "wechat", "a", "Ann").id
