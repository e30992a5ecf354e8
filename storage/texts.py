"""English texts that keep their values, so that they can be said in another language later."""

from collections.abc import Mapping, Sequence


class Text(str):
    """`Text("{path}: the file is empty", path=path)`: reads as English wherever a string is shown.

    `twin.language.Language.say` says it in another language, and any Text among the values too.
    Joined to a plain string it is one, so put texts together as values or with `joined`.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> "Text":
        text = super().__new__(cls, template.format(**values) if values else template)
        text.template, text.values = str(template), values
        return text


def joined(between: str, parts: Sequence[str]) -> Text:
    """The parts as one text, each of which keeps its own values."""
    names = [f"part{number}" for number in range(len(parts))]
    template = between.join(f"{{{name}}}" for name in names)
    return Text(template, **dict(zip(names, parts, strict=True)))
