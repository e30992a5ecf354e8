"""The section [quality]: a switch and a limit for each filter."""

from typing import Annotated

from pydantic import Field

from twin.config import CountOrZero, Section, Share


class Quality(Section):
    """Lengths are in Latin characters; a Chinese one says as much as two of them and counts so."""

    official: bool = True
    max_chars: CountOrZero = 600
    max_lines: CountOrZero = 20
    copied: bool = True
    min_script_share: Share = 0.02
    max_alike: CountOrZero = 3
    max_filler_share: Annotated[float, Field(ge=0, le=1)] = 0.05
