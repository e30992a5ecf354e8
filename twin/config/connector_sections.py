"""The settings that connectors bring, found in their folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from twin.config.schema import Config
from twin.config.section import Section

# Looked up by name: connectors are built on the settings, which know none of them.
PACKAGE = "twin.connectors"

MediaMb = Annotated[
    float,
    Field(
        ge=0,
        title="Largest media file (MB)",
        description="Megabytes. Larger pictures, voice messages and files are noted but not "
        "downloaded. 0: none are.",
    ),
]


class ConnectorSettings(Section):
    """A connector's settings. The settings page shows a field's `title` and `description`."""

    enabled: bool = Field(
        default=False, title="Connect", description="Whether the bot connects there."
    )
    learn: bool = Field(
        default=True,
        title="Learn from its chats",
        description="Whether chats there are learnt from, imported ones too. Off: only those for "
        "which you recorded that everyone in them agrees (`bot.py chats consent CHAT`). The others "
        "are answered all the same.",
    )

    @property
    def is_on(self) -> bool:
        return self.enabled


S = TypeVar("S", bound=ConnectorSettings)


@dataclass(frozen=True, kw_only=True)
class ConnectorSection(Generic[S]):
    """A connector's part of the settings.

    name: under which its chats are logged, as in "telegram".
    title: the heading on the settings page.
    section: where config.toml has it, as in "connectors.telegram".
    settings: the model of that section.
    file_only: setting → why it can be changed in the file alone, and not on the page.
    """

    name: str
    title: str
    section: str
    settings: type[S]
    file_only: Mapping[str, str] = field(default_factory=dict)

    def of(self, config: Config) -> S:
        """Its settings in a config that `twin.config.load` made."""
        found: object = config
        for part in self.section.split("."):
            found = getattr(found, part)
        assert isinstance(found, self.settings)
        return found


@cache
def connector_sections() -> tuple[ConnectorSection[Any], ...]:
    """`CONNECTOR` of each folder in twin/connectors, by the folder's name.

    Every command loads these packages, so their `__init__` imports nothing heavy.
    """
    package = import_module(PACKAGE)
    names = sorted(module.name for module in iter_modules(package.__path__) if module.ispkg)
    found = [import_module(f"{PACKAGE}.{name}").CONNECTOR for name in names]
    assert all(isinstance(one, ConnectorSection) for one in found)
    return tuple(found)
