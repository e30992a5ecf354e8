"""Where a base is fetched from, and where it lies then."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from storage.errors import InputError
from storage.texts import Text
from twin.config.network_values import hub as check_hub
from twin.config.schema import Config
from twin.engine.bases.known import find_known

HUGGING_FACE, MODELSCOPE = "huggingface", "modelscope"
HUB_NAMES = {HUGGING_FACE: "Hugging Face", MODELSCOPE: "ModelScope"}  # besides mirrors
MODELSCOPE_PREFIX = "modelscope:"
LONGEST_ID = 150
_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """A base at a hub: "huggingface", "modelscope" or a mirror's address, and its id there.

    revision: a branch, tag or commit; empty for the newest.
    """

    hub: str
    id: str
    revision: str = ""

    @property
    def hub_name(self) -> str:
        return HUB_NAMES.get(self.hub, self.hub)


def source_of(config: Config, base: str, hub: str | None = None) -> Source:
    """Where a base is fetched from. Raises InputError for what no hub can have under this name, and
    for a known base that this hub doesn't have.
    """
    revision = revision_of(config, base)
    if base.startswith(MODELSCOPE_PREFIX):
        return _source(MODELSCOPE, base.removeprefix(MODELSCOPE_PREFIX), revision)
    try:
        chosen = check_hub(hub) if hub else config.model.hub
    except ValueError as error:
        raise InputError(
            Text("'{hub}' is no hub; write huggingface, modelscope or a mirror's address", hub=hub)
        ) from error
    known = find_known(base)
    if known is None:
        return _source(chosen, base, revision)
    id = known.modelscope if chosen == MODELSCOPE else known.hugging_face
    if not id:
        raise InputError(
            Text("{base}: not at {hub}; take another [model] hub", base=base, hub=chosen)
        )
    return _source(chosen, id, revision)


def _source(hub: str, id: str, revision: str) -> Source:
    if len(id) > LONGEST_ID or not _ID.fullmatch(id):
        raise InputError(
            Text("'{id}' is no id of a base; write it as in Qwen/Qwen3-0.6B", id=id[:LONGEST_ID])
        )
    return Source(hub, id, revision)


def revision_of(config: Config, base: str) -> str:
    """[model] revision, which is that of [model] base alone."""
    return config.model.revision if base == config.model.base else ""


def fetched_folder(config: Config, base: str) -> Path:
    """Where a fetched base is, or is to be: each revision in a folder of its own."""
    known, revision = find_known(base), revision_of(config, base)
    # The packaged weights are quantized ones, and others than those that are published.
    if known is not None and (is_packaged(base) or not known.package):
        base = known.name
    name = f"{base}@{revision}" if revision else base
    return config.path_of("models", re.sub(r"[:/\\]+", "--", name))


def is_packaged(base: str) -> bool:
    """Whether an installed package carries it."""
    known = find_known(base)
    return known is not None and bool(known.package) and base.lower() == known.name


def is_at_a_hub(base: str) -> bool:
    """Whether a hub may have it: a known base, or what looks like an id."""
    if find_known(base) is not None or base.startswith(MODELSCOPE_PREFIX):
        return True
    return base.count("/") == 1 and not base.startswith((".", "/", "~"))


def lacks_code(config: Config, folder: Path) -> bool:
    """Whether code of its authors that the owner allows was left out when it was fetched."""
    if not config.model.trust_remote_code:
        return False
    named: dict[str, object] = {}
    for file in ("config.json", "tokenizer_config.json"):
        try:
            named |= json.loads((folder / file).read_text(encoding="utf-8")).get("auto_map", {})
        except (OSError, ValueError, AttributeError, TypeError, RecursionError):
            continue  # who loads it says what is wrong with it
    classes = re.findall(r"'(\w+)\.\w+'", str(list(named.values())))
    return any(not (folder / f"{module}.py").is_file() for module in classes)
