"""Set aside the quoted lines above an answer, which Discord, Slack and Element begin with `> `."""


def without_quote_above(said: str, mark: str = "> ") -> tuple[str, str | None]:
    """(the words, the quote above them). A message that is nothing else is left as it stands.

    `mark`: how a quoted line begins. An empty one in a quote may have lost its blank.
    """
    empty = mark.strip()
    if not said.startswith(empty):
        return said, None
    lines = said.split("\n")
    is_quoted = (line.startswith(mark) or line == empty for line in lines)
    end = next((at for at, quoted in enumerate(is_quoted) if not quoted), len(lines))
    quote, words = lines[:end], "\n".join(lines[end:]).strip("\n")
    if not words.strip() or not any(line.startswith(mark) for line in quote):
        return said, None
    return words, "\n".join(quote)
