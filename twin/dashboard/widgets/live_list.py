"""A list that follows its data: only what changed is touched, so that the focus stays."""

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, Protocol, TypeVar

from nicegui import ui

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Shown = TypeVar("Shown", contravariant=True)


class ListItem(Protocol[Shown]):
    """What stands for one item."""

    @property
    def element(self) -> ui.element: ...

    def update(self, item: Shown) -> None:
        """Show the item, which is another than before."""


class LiveList(Generic[Key, Item]):
    """`build` makes an item's part and shows the item in it."""

    def __init__(self, container: ui.element, build: Callable[[Item], ListItem[Item]]) -> None:
        self._container, self._build = container, build
        self._parts: dict[Key, ListItem[Item]] = {}
        self._items: Mapping[Key, Item] = {}

    def show(self, items: Mapping[Key, Item]) -> None:
        """Exactly these, in their order, each known by its key."""
        for key in [key for key in self._parts if key not in items]:
            self._parts.pop(key).element.delete()
        for place, (key, item) in enumerate(items.items()):
            if key not in self._parts:
                with self._container:
                    self._parts[key] = self._build(item)
            elif item != self._items[key]:
                self._parts[key].update(item)
            element = self._parts[key].element
            if self._container.default_slot.children[place] is not element:
                element.move(target_index=place)
        self._items = dict(items)
