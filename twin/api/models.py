"""Which models a client may ask for: the twin as it is, and what it was before."""

from dataclasses import dataclass
from pathlib import Path

from storage.adapters import adapters_to_answer
from twin.api.house import House
from twin.api.refusals import Refused

TWIN, BASE = "twin", "base"


@dataclass(frozen=True, slots=True)
class Model:
    """`adapter` and its folder, both None for the base. `created` in seconds, as OpenAI has it."""

    id: str
    adapter: str | None
    path: Path | None
    created: int


def usable(house: House) -> list[Model]:
    """The live twin, the base, and the adapters that were good enough to answer friends.

    Those that the gate refused are not here: that they leak may be the reason.
    """
    others = [Model(BASE, None, None, 0)] + [
        Model(a.name, a.name, path, a.created_at // 1000)
        for a in adapters_to_answer(house.db)
        if a.base_model == house.config.model.base
        and (path := house.config.path_of(a.path)).is_dir()
    ]
    live = next((m for m in others if m.adapter == house.engine.adapter), others[0])
    if not house.config.api.other_models:
        others = [live]
    return [Model(TWIN, live.adapter, live.path, live.created), *others]


def find_model(house: House, wanted: str) -> Model:
    """Raises Refused when nothing of that name answers."""
    found = next((model for model in usable(house) if model.id == wanted), None)
    if found is None:
        raise Refused(
            404,
            f"model '{wanted[:80]}': no such model; GET /v1/models lists them",
            code="model_not_found",
            param="model",
        )
    return found
