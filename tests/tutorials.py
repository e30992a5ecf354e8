"""The files that a tutorial tells its reader to write."""

import re

# The nearest path in backticks before a block of code is where the tutorial says to save it.
_FILE = re.compile(r"`([\w/]+/\w+\.py)`(?:(?!`[\w/]+/\w+\.py`|```).)*?```python\n(.*?)```", re.S)


def tutorial_files(text: str) -> dict[str, str]:
    """Code by path, in the order of the text, which is Markdown."""
    return dict(_FILE.findall(text))
