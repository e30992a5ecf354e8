"""Match chats with [privacy] excluded_chats, which names them by id or by name."""

from collections.abc import Iterable, Sequence

from twin.privacy.normalize import comparable


def is_excluded(names: Iterable[object], excluded: Iterable[str]) -> bool:
    """Whether `excluded` holds one of the chat's `names`: its id, external id and name."""
    known = {comparable(str(name)) for name in names}
    return any(comparable(entry) in known for entry in excluded)


def without_chat(names: Iterable[object], excluded: Sequence[str]) -> list[str]:
    """`excluded` without the entries that name this chat."""
    known = list(names)
    return [entry for entry in excluded if not is_excluded(known, [entry])]
