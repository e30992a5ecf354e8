"""The kinds of facts."""

from typing import Literal, get_args

from twin.language import N_

FactKind = Literal[
    "home",
    "origin",
    "work",
    "school",
    "birthday",
    "family",
    "pet",
    "food",
    "likes",
    "language",
    "thing",
    "event",
    "other",
]
KINDS: tuple[FactKind, ...] = get_args(FactKind)
KIND_NAMES: dict[str, str] = {
    "home": N_("home"),
    "origin": N_("origin"),
    "work": N_("work"),
    "school": N_("school"),
    "birthday": N_("birthday and age"),
    "family": N_("family"),
    "pet": N_("pets"),
    "food": N_("food and allergies"),
    "likes": N_("likes and dislikes"),
    "language": N_("languages"),
    "thing": N_("belongings"),
    "event": N_("events"),
    "other": N_("other facts"),
}
