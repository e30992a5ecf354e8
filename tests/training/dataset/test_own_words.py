"""What is learnt from the sample of every format: the owner's words and nothing else."""

import tomllib
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.importers.import_files import import_paths
from tests.storage.importers.exports import in_memory
from tests.storage.importers.samples import put, samples
from tests.training.dataset.taught import taught_lines

# Whatever is not listed there is a line of the platform, a file's name, a quote, a placeholder.
FILE = Path(__file__).parents[2] / "storage/importers/own_words.toml"
OWN_WORDS = tomllib.loads(FILE.read_text(encoding="utf-8"))
NAMES = sorted(samples())


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_given_words_that_are_not_theirs(tmp_path: Path, name: str) -> None:
    importer, sample = samples()[name]
    own = OWN_WORDS.get(importer.NAME, {}).get(name)
    assert own, f"list in {FILE.name} what each side says in the sample '{name}'"
    db = in_memory()
    import_paths(db, [put(tmp_path, sample)], me=sample.me)
    assert set(taught_lines(db)) <= lines(own["owner"])
    assert words(db, "owner") == set(own["owner"])
    assert words(db, "peer") == set(own["friends"])


def test_every_sample_that_is_listed_is_there() -> None:
    listed = {(format, name) for format, found in OWN_WORDS.items() for name in found}
    assert listed <= {(importer.NAME, name) for name, (importer, _) in samples().items()}


def lines(texts: list[str]) -> set[str]:
    return {line for text in texts for line in text.split("\n")}


def words(db: Database, origin: str) -> set[str]:
    rows = db.execute(
        "SELECT text FROM messages "
        "WHERE origin = ? AND kind = 'text' AND text != '' AND recalled_at IS NULL",
        [origin],
    )
    return {text for (text,) in rows.fetchall()}
