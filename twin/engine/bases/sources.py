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
MODELSCOPE_PREFIX = "modelscope:"


@dataclass(frozen=True, slots=True)
class Source:
    """A base at a hub: "huggingface", "modelscope" or a mirror's address, and its id there."""

    hub: str
    id: str

    @property
    def hub_name(self) -> str:
        return {HUGGING_FACE: "Hugging Face", MODELSCOPE: "ModelScope"}.get(self.hub, self.hub)


def source_of(config: Config, base: str, hub: str | None = None) -> Source:
    """Where a base is fetched from. Raises InputError where the hub doesn't have it."""
    if base.startswith(MODELSCOPE_PREFIX):
        return Source(MODELSCOPE, base.removeprefix(MODELSCOPE_PREFIX))
    try:
        chosen = check_hub(hub) if hub else config.model.hub
    except ValueError as error:
        raise InputError(
            Text("'{hub}' is no hub; write huggingface, modelscope or a mirror's address", hub=hub)
        ) from error
    known = find_known(base)
    if known is None:
        return Source(chosen, base)
    id = known.modelscope if chosen == MODELSCOPE else known.hugging_face
    if not id:
        raise InputError(
            Text("{base}: not at {hub}; take another [model] hub", base=base, hub=chosen)
        )
    return Source(chosen, id)


def fetched_folder(config: Config, base: str) -> Path:
    """Where a fetched base is, or is to be."""
    known = find_known(base)
    return config.path_of("models", known.name if known else re.sub(r"[:/\\]+", "--", base))


def is_id(base: str) -> bool:
    """Whether a hub may have it under this name."""
    if base.startswith(MODELSCOPE_PREFIX):
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
        except (OSError, ValueError, AttributeError, TypeError):
            continue  # who loads it says what is wrong with it
    classes = re.findall(r"'(\w+)\.\w+'", str(list(named.values())))
    return any(not (folder / f"{module}.py").is_file() for module in classes)
