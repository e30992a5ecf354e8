from math import inf

from sqlite_utils import Database

from storage import presence
from storage.preferences import FOREVER, pause_all, paused_until, resume_all
from storage.presence import AWAY_MS, Absence, Presence


def test_login_scan_and_logout_are_remembered(db: Database) -> None:
    presence.scan_needed(db, "wechat", "https://qr", 1)
    assert presence.presences(db) == [Presence("wechat", None, "https://qr", False, 1)]
    presence.logged_in(db, "wechat", "me", 2)
    assert presence.presences(db) == [Presence("wechat", "me", None, True, 2)]
    presence.seen(db, "wechat", 3)
    presence.logged_out(db, "wechat")
    assert presence.presences(db) == [Presence("wechat", "me", None, False, 3)]


def test_a_long_silence_is_an_absence_and_a_short_one_is_not(db: Database) -> None:
    presence.scan_needed(db, "wechat", "qr", 0)
    presence.logged_in(db, "wechat", "me", 10 * AWAY_MS)
    assert presence.absences(db) == []  # never logged in before, so nothing was missed
    last = 11 * AWAY_MS
    presence.seen(db, "wechat", last)
    presence.seen(db, "wechat", last + 2 * AWAY_MS)
    presence.logged_in(db, "wechat", "me", last + 5 * AWAY_MS)
    assert presence.absences(db) == [
        Absence("wechat", last + 2 * AWAY_MS, last + 5 * AWAY_MS),
        Absence("wechat", last, last + 2 * AWAY_MS),
    ]


def test_where_everything_is_delivered_later_there_are_no_absences(db: Database) -> None:
    presence.logged_in(db, "matrix", "me", 0, kept_ms=inf)
    presence.seen(db, "matrix", 2 * AWAY_MS, kept_ms=inf)
    presence.logged_in(db, "matrix", "me", 4 * AWAY_MS, kept_ms=inf)
    assert presence.absences(db) == []


def test_of_what_is_kept_for_a_while_only_the_rest_is_missed(db: Database) -> None:
    day = 24 * 3_600_000
    presence.logged_in(db, "telegram", "me", 0, kept_ms=day)
    presence.seen(db, "telegram", day, kept_ms=day)
    presence.seen(db, "telegram", 3 * day, kept_ms=day)
    assert presence.absences(db) == [Absence("telegram", day, 2 * day)]


def test_the_pause_of_everything(db: Database) -> None:
    assert paused_until(db) is None
    pause_all(db)
    assert paused_until(db) == FOREVER
    pause_all(db, 5)
    assert paused_until(db) == 5
    resume_all(db)
    resume_all(db)
    assert paused_until(db) is None
