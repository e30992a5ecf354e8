"""What stands against the connectors that are on: what they find, and what the running bot met."""

from collections.abc import Iterator, Mapping
from typing import Any

from twin.config.schema import Config
from twin.connectors.base import ConnectorFolder, connector_folders
from twin.connectors.problems import Problem


def connection_troubles(
    config: Config, errors: Mapping[str, str]
) -> Iterator[tuple[ConnectorFolder[Any], Problem]]:
    """`errors`: the last line of each connector of a running bot, which is said once."""
    for folder in connector_folders():
        settings = folder.of(config)
        if not settings.is_on:
            continue
        found = folder.problems(settings, config.data)
        yield from ((folder, one) for one in found)
        line = errors.get(folder.name)
        if line is not None and not any(one.found in line for one in found):
            yield folder, Problem(line, "")
