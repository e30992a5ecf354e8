"""Find the base model's files: packaged, a folder, or fetched from a hub."""

import importlib
from pathlib import Path

from storage.errors import InputError
from twin.config.schema import Config
from twin.engine.bases.known import known_bases
from twin.engine.bases.sources import (
    MODELSCOPE,
    MODELSCOPE_PREFIX,
    fetched_folder,
    is_at_a_hub,
    is_packaged,
    lacks_code,
    source_of,
)


def resolve_base(config: Config) -> Path:
    """The folder of [model] base, fetched or unpacked when it has to be.

    Raises TwinError when there is no such model.
    """
    base = config.model.base
    _check_revision(config)
    here = local_base(config)
    if here is not None and (here != fetched_folder(config, base) or not lacks_code(config, here)):
        return _checked(here, base)
    folder = config.beside(base)
    if is_there(folder) and not is_packaged(base):
        return _checked(folder, base)
    if is_at_a_hub(base):
        from twin.engine.bases.fetch import fetch_base  # its clients take a while to import

        return _checked(fetch_base(config, base), base)
    raise InputError(
        f"base model '{base}': no such folder ({folder}) and no known base "
        f"({', '.join(known.name for known in known_bases())}); give a folder, a Hugging Face id "
        f"or {MODELSCOPE_PREFIX}ID"
    )


def _check_revision(config: Config) -> None:
    """A setting that is silently ignored misleads its owner."""
    base, revision = config.model.base, config.model.revision
    if revision and (is_packaged(base) or is_there(config.beside(base)) or not is_at_a_hub(base)):
        raise InputError(
            f"[model] revision = '{revision}': '{base}' does not come from a hub, so it has no "
            "revisions; leave it out"
        )


def with_revision(config: Config, base: str, revision: str) -> Config:
    """The same with another [model] base and revision. Raises InputError for none of a hub's."""
    changed = config.with_values("model", base=base, revision=revision)
    _check_revision(changed)
    return changed


def is_there(path: Path) -> bool:
    """Whether something lies there; not for a name that no disk can have, or that is closed."""
    try:
        return path.exists()
    except OSError:
        return False


def local_base(config: Config, base: str | None = None) -> Path | None:
    """The folder of a base, of [model] base without one, if it is on this machine already.

    Nothing is fetched.
    """
    base = base or config.model.base
    places = [fetched_folder(config, base)]
    if not is_packaged(base):
        places.insert(0, config.beside(base))
    for folder in places:
        if is_there(folder / "config.json"):
            return folder
    if is_packaged(base):
        return None
    return _cached(config, base) if is_at_a_hub(base) else None


def _cached(config: Config, base: str) -> Path | None:
    """Where a hub's own client keeps a model that was fetched with it, perhaps years ago."""
    try:
        source = source_of(config, base)
        client = "modelscope" if source.hub == MODELSCOPE else "huggingface_hub"
        library = importlib.import_module(client)
        at = {"revision": source.revision} if source.revision else {}
        folder = Path(library.snapshot_download(source.id, local_files_only=True, **at))
    # boundary: the clients raise dozens of kinds for "not there"
    except Exception:
        return None
    is_whole = (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))
    return folder if is_whole else None


def _checked(folder: Path, base: str) -> Path:
    if not (folder / "config.json").is_file():
        raise InputError(f"base model '{base}': {folder} has no config.json; give a model's folder")
    if not any(folder.glob("*.safetensors")):
        raise InputError(
            f"base model '{base}': {folder} has no .safetensors file, and no other format is "
            f"loaded; {_remedy(folder)}"
        )
    return folder


def _remedy(folder: Path) -> str:
    if any(folder.glob("pytorch_model*.bin")):
        return f"`bot.py bases convert {folder}` writes its pickled weights as one"
    return "choose another base"
