from sqlite_utils import Database

from storage import owner_sessions as sessions

DAY = 24 * 3_600_000


def test_a_session_is_found_by_its_token_alone_and_ends_for_good(db: Database) -> None:
    token = sessions.start_session(db, 1000)
    key = sessions.key_of(token)
    found = sessions.find_session(db, key, 1000, DAY)
    assert found == sessions.OwnerSession(key, None, None)
    assert sessions.find_session(db, token, 1000, DAY) is None
    assert token not in str(db.execute("SELECT * FROM owner_sessions").fetchall())
    sessions.end_session(db, key)
    assert sessions.find_session(db, key, 1000, DAY) is None


def test_visits_keep_it_but_not_for_ever(db: Database) -> None:
    key = sessions.key_of(sessions.start_session(db, 0))
    for day in range(1, 30):
        assert sessions.find_session(db, key, day * DAY - 1, 2 * DAY)
        sessions.visited(db, key, day * DAY - 1)
    sessions.visited(db, key, 30 * DAY - 1)
    assert sessions.find_session(db, key, 30 * DAY, 2 * DAY) is None


def test_choices_are_kept_for_each_browser(db: Database) -> None:
    one, two = (sessions.key_of(sessions.start_session(db, 0)) for _ in range(2))
    sessions.choose(db, one, language="zh-CN")
    sessions.choose(db, one, theme="dark")
    assert sessions.find_session(db, one, 1, DAY) == sessions.OwnerSession(one, "zh-CN", "dark")
    assert sessions.find_session(db, two, 1, DAY) == sessions.OwnerSession(two, None, None)


def test_old_ones_are_dropped_and_all_can_be_ended(db: Database) -> None:
    sessions.start_session(db, 0)
    sessions.start_session(db, DAY)
    sessions.drop_old_sessions(db, DAY, DAY)
    assert sessions.end_all_sessions(db) == 1
