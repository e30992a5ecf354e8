import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.keys import USED_EVERY_MS, create_key, key_of, list_keys, revoke_key


def test_only_a_hash_is_kept(db: Database) -> None:
    secret, key = create_key(db, "bot")
    assert secret.startswith(key.prefix)
    assert len(secret) - len(key.prefix) > 30
    assert secret not in "\n".join(db.iterdump())
    assert secret[len(key.prefix) :] not in "\n".join(db.iterdump())


def test_a_key_is_found_by_all_of_it_and_until_it_is_revoked(db: Database) -> None:
    secret, made = create_key(db, "bot", "manage")
    found = key_of(db, secret, 5)
    assert found is not None
    assert (found.id, found.scope) == (made.id, "manage")
    for wrong in ("", secret[:-1], secret + "x", secret.upper(), made.prefix, "\ud800"):
        assert key_of(db, wrong, 5) is None
    revoke_key(db, "bot")
    assert key_of(db, secret, 5) is None


def test_its_last_use_is_noted_once_a_minute(db: Database) -> None:
    secret, _ = create_key(db, "bot")
    for at in (5, 6, 5 + USED_EVERY_MS - 1):
        key_of(db, secret, at)
    assert [key.last_used_at for key in list_keys(db)] == [5]
    key_of(db, secret, 5 + USED_EVERY_MS)
    assert [key.last_used_at for key in list_keys(db)] == [5 + USED_EVERY_MS]


def test_an_open_name_is_taken_a_revoked_one_is_free(db: Database) -> None:
    first, _ = create_key(db, "bot")
    with pytest.raises(InputError, match="there is one of that name"):
        create_key(db, " bot ")
    revoke_key(db, "bot")
    second, _ = create_key(db, "bot")
    assert key_of(db, first, 1) is None
    assert key_of(db, second, 1) is not None
    assert [key.revoked_at is None for key in list_keys(db)] == [False, True]


@pytest.mark.parametrize(("name", "scope"), [("", "chat"), (" ", "chat"), ("bot", "admin")])
def test_a_bad_name_or_scope_is_refused(db: Database, name: str, scope: str) -> None:
    with pytest.raises(InputError):
        create_key(db, name, scope)
    assert list_keys(db) == []


def test_what_is_not_there_can_not_be_revoked(db: Database) -> None:
    with pytest.raises(InputError, match="no open key"):
        revoke_key(db, "bot")
