"""Show a login code on the terminal."""

import contextlib
import io
import sys
from typing import TextIO

import qrcode

from twin.terminal import one_line

OF_ACCOUNT = "Scan this code with the phone of the account the twin answers for."
MOST_BYTES = 2000  # QR codes hold little more, and phones read less


def fits_code(text: str) -> bool:
    """Whether it can be drawn: a platform may tell anything."""
    try:
        return len(text.encode()) <= MOST_BYTES
    except UnicodeEncodeError:  # half a character
        return False


def show_code(text: str, out: TextIO | None = None, *, say: str = OF_ACCOUNT) -> None:
    """On stderr, where the bot's log is: stdout belongs to results. `say`: who scans it."""
    out = out or sys.stderr
    print(say, file=out)
    if fits_code(text):
        with contextlib.suppress(UnicodeEncodeError):  # a terminal without block characters
            drawn = _drawn(text)
            drawn.encode(out.encoding or "utf-8")
            print(drawn, file=out)
    print(f"The code as text: {one_line(text)}", file=out, flush=True)


def _drawn(text: str) -> str:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=2)
    code.add_data(text)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    return drawn.getvalue()
