"""Which chats [privacy] excluded_chats names: by number, name or the platform's id."""

from collections.abc import Iterable, Sequence

from twin.folding import fold


def comparable(text: str) -> str:
    """However it is written: width, case and spaces around it make no difference."""
    return fold(text).casefold().strip()


def is_excluded(names: Iterable[object], excluded: Iterable[str]) -> bool:
    """Whether one of them is a name of the chat; `names` are all that it has."""
    known = {comparable(str(name)) for name in names}
    return any(comparable(wanted) in known for wanted in excluded)


def without(names: Iterable[object], excluded: Sequence[str]) -> list[str]:
    """The list without what names this chat."""
    known = list(names)
    return [wanted for wanted in excluded if not is_excluded(known, [wanted])]
