"""A JSON document on the disk: complete, or not there."""

import json
from pathlib import Path
from typing import Any

from storage.errors import TwinError


def write_json(content: Any, path: Path, *, ascii_only: bool = False) -> None:
    """Raises TwinError. `ascii_only` for readers that open files in their machine's encoding."""
    scratch = path.with_name(f".{path.name}.tmp")
    text = json.dumps(content, ensure_ascii=ascii_only, indent=1) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise TwinError(f"{path}: can't be written ({error.strerror}); choose another") from error
