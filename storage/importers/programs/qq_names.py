"""Read the names in QQ's own exports: in groups with a title before them and a number behind."""

import re

from storage.importers.programs.named_blocks import NUMBERED

SYSTEM_NUMBERS = ("10000", "1000000")
_TITLE = re.compile(r"(?:【[^【】]*】\s*)+(?=\S)")
_GROUPS = re.compile(r"消息分组[:：][^\n]{0,60}(?:群|讨论组|多人聊天)")


def who(heading: str) -> tuple[str, str]:
    """(the sender's id, their name without the title they have in the group)."""
    match = NUMBERED.fullmatch(heading)
    name = _TITLE.sub("", (match["name"].strip() if match else "") or heading, count=1)
    return (match["number"] or match["mail"] if match else "") or name, name


def is_group_list(heading: str) -> bool:
    """Whether the list that a chat stands in is one of groups."""
    return _GROUPS.search(heading) is not None
