"""Bring a database of any earlier version to the newest schema, one transaction a step."""

from collections.abc import Callable

from sqlite_utils import Database

from storage.errors import TwinError
from storage.migrations.steps_001 import (
    m001_people_and_messages,
    m002_replies,
    m003_training,
    m004_invites,
    m005_echoes,
    m006_the_owner_in_charge,
    m007_nights,
)
from storage.migrations.steps_008 import (
    m008_forgetting,
    m009_chats_at_a_glance,
    m010_owner_sessions,
    m011_api_keys,
    m012_excluded_answers,
    m013_what_is_open,
    m014_unfinished_imports,
    m015_the_owner_is_they,
    m016_edits_and_buttons,
    m017_people_and_consent,
    m018_histories,
    m019_keys_of_pieces,
)
from storage.migrations.steps_020 import (
    m020_facts,
    m021_passages,
    m022_memory_in_use,
    m023_fact_vectors,
)
from storage.migrations.steps_024 import (
    m024_blind_test,
    m025_unread,
    m026_push_devices,
    m027_media_texts,
    m028_stickers,
    m029_files_of_messages,
    m030_speech_consents,
)

Migration = Callable[[Database], None]

MIGRATIONS: list[Migration] = [
    m001_people_and_messages,
    m002_replies,
    m003_training,
    m004_invites,
    m005_echoes,
    m006_the_owner_in_charge,
    m007_nights,
    m008_forgetting,
    m009_chats_at_a_glance,
    m010_owner_sessions,
    m011_api_keys,
    m012_excluded_answers,
    m013_what_is_open,
    m014_unfinished_imports,
    m015_the_owner_is_they,
    m016_edits_and_buttons,
    m017_people_and_consent,
    m018_histories,
    m019_keys_of_pieces,
    m020_facts,
    m021_passages,
    m022_memory_in_use,
    m023_fact_vectors,
    m024_blind_test,
    m025_unread,
    m026_push_devices,
    m027_media_texts,
    m028_stickers,
    m029_files_of_messages,
    m030_speech_consents,
]


def migrate(db: Database) -> None:
    """Bring the schema up to date; each step is one transaction.

    `user_version` counts the steps.
    """
    version = _version(db)
    if version > len(MIGRATIONS):
        raise TwinError(
            f"the database is at schema {version}, this program knows {len(MIGRATIONS)}: "
            "it was written by a newer version; update the program"
        )
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            # Read again under the lock: bot and trainer may open a new database together.
            if _version(db) < number:
                step(db)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            if db.conn.in_transaction:
                db.execute("ROLLBACK")
            raise


def _version(db: Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
