"""Set aside the quoted lines above an answer, which Discord, Slack and Element begin with `> `."""


def without_quote_above(said: str, mark: str = "> ") -> tuple[str, str | None]:
    """(the words, the quote above them). A message that is nothing else is left as it stands.

    `mark`: how a quoted line begins. An empty one in a quote may have lost its blank.
    """
    if not said.startswith(mark):
        return said, None
    lines = said.split("\n")
    is_quoted = (line.startswith(mark) or line == mark.strip() for line in lines)
    end = next((at for at, quoted in enumerate(is_quoted) if not quoted), len(lines))
    words = "\n".join(lines[end:]).strip("\n")
    return (words, "\n".join(lines[:end])) if words.strip() else (said, None)
