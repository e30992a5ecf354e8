"""The code that the owner scans with his phone, drawn in the terminal."""

import contextlib
import io
import sys
from typing import TextIO

import qrcode

_SEEN, _CONFIRMED = 3, 4  # wechaty's ScanStatus: the phone has it


def waits_for_scan(status: int) -> bool:
    return status not in (_SEEN, _CONFIRMED)


def show_code(text: str, out: TextIO | None = None) -> None:
    """On stderr, where the bot's log is: stdout belongs to results."""
    out = out or sys.stderr
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=2)
    code.add_data(text)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    plain = "".join(c for c in text if c.isprintable())  # it could steer the terminal
    print("Scan this code with the phone of the account the twin answers for.", file=out)
    with contextlib.suppress(UnicodeEncodeError):  # a terminal without block characters
        print(drawn.getvalue(), file=out)
    print(f"The code as text: {plain}", file=out, flush=True)
