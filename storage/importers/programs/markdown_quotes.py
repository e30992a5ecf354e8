"""Set aside the quoted lines above an answer, which Discord, Slack and Element begin with `> `."""


def without_quote_above(said: str) -> tuple[str, str | None]:
    """(the words, the quote above them). A message that is nothing else is left as it stands."""
    lines = said.split("\n")
    end = next((at for at, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    words = "\n".join(lines[end:]).strip("\n")
    return (words, "\n".join(lines[:end])) if end and words.strip() else (said, None)
