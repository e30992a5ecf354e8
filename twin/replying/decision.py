"""Whether a reply may be sent, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """`allowed`: the reply may be sent. `draft`: it may only be prepared for the owner.

    `reason` is a `BurstReason`, some with a value.
    """

    allowed: bool
    reason: str
    draft: bool = False
