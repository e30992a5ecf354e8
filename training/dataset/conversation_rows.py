"""Read rows of ShareGPT (`conversations`) and of OpenAI (`messages`): a conversation each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from storage.values import encodable
from training.dataset.file_rows import Row
from training.dataset.samples import PastExchange

PLACES = ("conversations", "conversation", "messages")
WANTED = (
    "a turn is an object with from and value, or role and content; it is of a human or user, "
    "a gpt or assistant, the system or a tool"
)
_FRIEND, _OWNER, _SYSTEM, _TOOL = "friend", "owner", "system", "tool"
_ROLES = {
    **dict.fromkeys(("human", "user"), _FRIEND),
    **dict.fromkeys(("gpt", "chatgpt", "assistant", "bing", "bard", "bot", "model"), _OWNER),
    **dict.fromkeys(("system", "developer"), _SYSTEM),
    **dict.fromkeys(("tool", "function", "observation", "ipython"), _TOOL),
    **dict.fromkeys(("function_call", "tool_call", "function_response", "tool_response"), _TOOL),
}
_WORDLESS = ("tool_calls", "function_call", "refusal", "audio")  # instead of words


class RowExchange(NamedTuple):
    """`system`: what the system had said until then. `learnt`: whether the answer is a target."""

    said: PastExchange
    system: str
    learnt: bool = True


@dataclass(slots=True)
class _Turns:
    """What was said since the last whole exchange."""

    system: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    learnt: bool = True
    whole: list[RowExchange] = field(default_factory=list)

    def end_exchange(self) -> None:
        if self.answered:
            said = "\n".join(self.asked), "\n".join(self.answered)
            self.whole.append(RowExchange(said, "\n".join(self.system), self.learnt))
            self.asked, self.answered, self.learnt = [], [], True


def row_exchanges(row: Row) -> list[RowExchange]:
    """What was said in the row, in order; turns of one side in a row are one. Raises InputError.

    An answer with `weight: 0` is context alone. So is one after a tool was asked: nobody knows it
    from what was said. What goes to a tool and comes from it is nobody's words.
    """
    turns = next(row.value[place] for place in PLACES if row.value.get(place) is not None)
    if not isinstance(turns, list) or not turns:
        raise row.bad(f": its turns are no list; {WANTED}")
    found = _Turns()
    head = row.value.get("system")
    if isinstance(head, str) and head.strip():
        found.system.append(head)
    answers = 0
    for number, turn in enumerate(turns, start=1):
        role = _role(row, number, turn)
        answers += role == _OWNER
        _add(found, role, _words(row, number, turn), turn, _is_learnt(row, number, turn, role))
    found.end_exchange()
    if not answers:
        raise row.bad(" has no answer: no turn of a gpt or assistant; leave the row out")
    return found.whole


def _add(found: _Turns, role: str, words: str, turn: Mapping[str, Any], learnt: bool) -> None:
    if role == _SYSTEM:
        found.end_exchange()
        found.system += [words] if words.strip() else []
    elif role == _FRIEND:
        found.end_exchange()
        found.asked += [words] if words.strip() else []
    elif role == _OWNER and words.strip():
        found.answered.append(words)
        found.learnt &= learnt
        return
    if role == _TOOL or turn.get("tool_calls") or turn.get("function_call"):
        found.learnt = False


def _role(row: Row, number: int, turn: Any) -> str:
    if not isinstance(turn, dict):
        raise row.bad(f": its turn {number} is not an object; {WANTED}")
    who = turn.get("from", turn.get("role"))
    role = _ROLES.get(who.strip().casefold()) if isinstance(who, str) else None
    if role is None:
        raise row.bad(f": its turn {number} is of {_shown(who)}; {WANTED}")
    return role


def _words(row: Row, number: int, turn: Mapping[str, Any]) -> str:
    content = turn.get("value", turn.get("content"))
    parts = content if isinstance(content, list) else [content]
    texts = [_text(part) for part in parts]
    if None in texts:
        if content is None and any(turn.get(name) is not None for name in _WORDLESS):
            return ""
        raise row.bad(f": its turn {number} has no text; {WANTED}")
    return "\n".join(text for text in texts if text)


def _text(part: Any) -> str | None:
    """What a part says: "" for a picture and what else has no words, None for what is no part."""
    if isinstance(part, str):
        return encodable(part)
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        return None
    text = part.get("text") if part["type"].endswith("text") else ""
    return encodable(text) if isinstance(text, str) else None


def _is_learnt(row: Row, number: int, turn: Mapping[str, Any], role: str) -> bool:
    weight = turn.get("weight")
    if weight is None or role != _OWNER:
        return True
    if weight not in (0, 1):
        raise row.bad(f": its turn {number} has the weight {_shown(weight)}; give 0 or 1")
    return bool(weight)


def _shown(value: Any) -> str:
    if value is None:
        return "nobody"
    return repr(value)[:40] if isinstance(value, str) else str(value)[:40]


def has_turns(value: Mapping[str, Any]) -> bool:
    return any(value.get(place) is not None for place in PLACES)
