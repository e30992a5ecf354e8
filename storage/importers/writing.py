"""What was read, written into the log piece by piece."""

import time
from collections.abc import Sequence

from sqlite_utils import Database

from storage.importers.identity import People
from storage.importers.progress import Progress
from storage.importers.readfile import ReadFile
from storage.importers.stage import Stage
from storage.importers.storing import Storing
from storage.unfinished_import import piece

PIECE = 5000  # messages that are one transaction; about a tenth of a second
# Who waits for the lock looks again after 25 ms at that time, and would never find it free.
PAUSE_S = 0.05


def write_pieces(db: Database, stage: Stage, files: Sequence[ReadFile], tell: Progress) -> None:
    people = People(db)
    current, storing = -1, None
    done = 0
    tell("writing", done, stage.messages)
    for batches in stage.pieces(PIECE):
        with piece(db):
            for number, messages in batches:
                if storing is None or number != current:
                    current, storing = number, Storing(db, people, files[number])
                storing.log(messages)
                done += len(messages)
        tell("writing", done, stage.messages)
        if done < stage.messages:
            time.sleep(PAUSE_S)
