"""Element's exports as text and as a page, known so that they are taken for nothing else.

`PlainTextExport.ts` writes a local time with seconds, a dash and what people read there: an answer
behind the words that it answers, and "Anna joined the room" and "Anna: hi" without a mark.
"""

import re

from storage.importers.file import ExportFile

_BEGINS = re.compile(
    r"\W{0,3}\d{1,4}\W{1,3}\d{1,2}\W{1,3}\d{1,4}\D{1,12}\d{1,2}[:.]\d{2}[:.]\d{2}\D{0,12} - "
)
# Address and words of what was answered; WhatsApp's dash has no seconds before it, nor addresses.
_ANSWERS = re.compile(r": <@[^\s<>:]{1,255}:[^\s<>]{1,255}(?: \"|>)")
_NAME = "matrix-"  # of the file, or of its folder in a .zip
_PAGE = ('id="matrixchat"', "mx_RoomView")


def is_element_text(file: ExportFile) -> bool:
    if file.is_html:
        return all(sign in file.head for sign in _PAGE)
    if not _BEGINS.match(file.first_dated_line):
        return False
    named = any(part.startswith(_NAME) for part in (file.path.name, file.path.parent.name))
    return named or _ANSWERS.search(file.head) is not None
