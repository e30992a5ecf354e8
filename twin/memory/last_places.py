"""The last so many of something, from any thread."""

from collections.abc import Hashable
from threading import Lock


class LastPlaces:
    """The last so many that were added."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._places: dict[Hashable, None] = {}

    def add(self, place: Hashable) -> None:
        with self._lock:
            self._places[place] = None
            if len(self._places) > self._most:
                del self._places[next(iter(self._places))]

    def __contains__(self, place: Hashable) -> bool:
        return place in self._places
