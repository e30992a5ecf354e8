"""Private values of one chat replaced by placeholders, the same for a value throughout."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from training.dataset.samples import Exchange
from twin.privacy.masker import Finding, Masker, find_private


@dataclass(frozen=True, slots=True)
class Masked:
    """An exchange as it is learnt, and what was found in it as it was written."""

    exchange: Exchange
    in_input: Sequence[Finding] = ()
    in_output: Sequence[Finding] = ()

    @property
    def findings(self) -> Iterator[Finding]:
        yield from self.in_input
        yield from self.in_output


def mask_chat(exchanges: Iterable[Exchange]) -> Iterator[Masked]:
    """The exchanges of one chat, in order."""
    masker = Masker()
    for exchange in exchanges:
        asked, answered = find_private(exchange.input), find_private(exchange.output)
        if asked or answered:
            input = masker.replace(exchange.input, asked)
            output = masker.replace(exchange.output, answered)
            exchange = replace(exchange, input=input, output=output)
        yield Masked(exchange, asked, answered)
