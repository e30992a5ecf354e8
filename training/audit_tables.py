"""How an audit of the samples is shown to people."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType

from twin.terminal import facts, table, when


def audit_tables(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    totals = ("mask", "masked", "unknown_excluded_chats")
    yield facts("Private values in the samples", {key: document[key] for key in totals})
    yield table(
        f"Replaced, the newest {len(document['replaced'])}",
        ["chat", "answered", "by", "kind", "value"],
        [[*_place(item), item["kind"], item["value"]] for item in document["replaced"]],
    )
    shown, all_of_them = len(document["untouched"]), document["untouched_count"]
    yield table(
        f"Nothing found, {shown} of {all_of_them} with digits or long words",
        ["chat", "answered", "by", "text"],
        [[*_place(item), item["text"]] for item in document["untouched"]],
    )
    if not document["mask"]:
        yield "[privacy] mask is off: the samples hold all of this."


def _place(item: Mapping[str, Any]) -> list[str]:
    return [item["chat"], when(item["answered_at"]), item["by"]]
