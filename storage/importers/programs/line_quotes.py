"""Find where a message of LINE between quotes ends, if lines in it look like messages."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, pairwise

from storage.importers.dates import clock
from storage.importers.record_fields import BadRow

Block = tuple[int, list[str]]
MOST_SIGNS = 10_000  # of one message, by LINE's own limit
_Row = Callable[[str], re.Match[str] | None]
_IsDate = Callable[[str], bool]


def whole_messages(blocks: Iterator[Block], row: _Row, is_date: _IsDate) -> Iterator[Block]:
    """The blocks, each from a row to the next one; those between one pair of quotes as one block.

    A quote opens a text of many lines, but also some of one line. So the rows up to the next quote
    are its lines only where they can't be messages.
    """
    ahead: deque[Block] = deque()
    while (block := ahead.popleft() if ahead else next(blocks, None)) is not None:
        number, lines = block
        match = row(lines[0])
        if match and (match[3] or "").startswith('"'):
            for _ in range(_Quoted(match, lines, row, is_date).end(_peeked(ahead, blocks))):
                lines += ahead.popleft()[1]
        yield number, lines


def _peeked(ahead: deque[Block], blocks: Iterator[Block]) -> Iterator[list[str]]:
    """What follows, as far as a message can reach; it stays ahead."""
    signs = at = 0
    while signs <= MOST_SIGNS:
        if at == len(ahead):
            block = next(blocks, None)
            if block is None:
                return
            ahead.append(block)
        yield ahead[at][1]
        signs += sum(map(len, ahead[at][1]))
        at += 1


class _Quoted:
    """A message that begins with a quote, and what tells whether rows after it belong to it."""

    def __init__(self, match: re.Match[str], lines: list[str], row: _Row, is_date: _IsDate) -> None:
        self._row, self._is_date = row, is_date
        body = self._body(lines)
        body[0] = match[3]
        self._quotes = _count(body)
        self.is_closed = _closes(body) and not self._quotes % 2
        self._may_be_closed = _closes(body)
        self._minute = self._latest = None if len(body) < len(lines) else _minute(match)

    def end(self, following: Iterator[list[str]]) -> int:
        """How many of the next blocks are lines of the message."""
        if self.is_closed:
            return 0
        found, no_messages = 0, False
        for at, (lines, after) in enumerate(pairwise(chain(following, [None])), start=1):
            if lines is None or self._opens_another(lines):
                break
            body = self._body(lines)
            no_messages |= self._is_no_message(body)
            if len(body) < len(lines):
                self._latest = None  # another day
            self._quotes += _count(body)
            if not _ends(body) or not (no_messages or self._is_late(after)):
                continue
            if self._quotes % 2 == 0:
                return at
            # A quote without its other half: it is the end unless what follows is no message too.
            if not found and not self._may_be_closed:
                found = at
            no_messages, self._latest = False, self._minute
        return found

    def _opens_another(self, lines: list[str]) -> bool:
        """Whether another message is open there: no block is looked at for more than one."""
        match = self._row(lines[0])
        opens = match is not None and (match[3] or "").startswith('"')
        return bool(
            match and opens and not _Quoted(match, lines, self._row, self._is_date).is_closed
        )

    def _body(self, lines: list[str]) -> list[str]:
        """Without the blank lines and dates before the next day."""
        end = len(lines)
        while end > 1 and (not lines[end - 1].strip() or self._is_date(lines[end - 1])):
            end -= 1
        return lines[:end]

    def _is_no_message(self, body: list[str]) -> bool:
        """Lines without quotes around them, a time that goes back, or half a quotation."""
        match = self._row(body[0])
        if match is None:
            return True
        said = match[3] or ""
        if len(body) > 1 and not (said.startswith('"') and _closes([said, *body[1:]])):
            return True
        minute = _minute(match)
        if minute is None or (self._latest is not None and minute < self._latest):
            return True
        self._latest = minute
        return not said and _count(body) % 2 == 1

    def _is_late(self, after: list[str] | None) -> bool:
        """Whether the message after it was sent before the line that looks like one."""
        match = self._row(after[0]) if after else None
        minute = _minute(match) if match else None
        return minute is not None and self._latest is not None and minute < self._latest


def _count(body: list[str]) -> int:
    return sum(line.count('"') for line in body)


def _ends(body: list[str]) -> bool:
    return body[-1].rstrip().endswith('"')


def _closes(body: list[str]) -> bool:
    return _ends(body) and (len(body) > 1 or len(body[0].rstrip()) > 1)


def _minute(match: re.Match[str]) -> int | None:
    try:
        hour, minute, _ = clock(match[1])
    except BadRow:
        return None
    return hour * 60 + minute
